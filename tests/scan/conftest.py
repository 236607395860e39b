"""What the gates share: where their code is."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
