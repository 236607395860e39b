"""What the tests of terraform/ stand on."""

import os
from pathlib import Path

#: The tree that is tested: this one, or a copy with a fault in it.
ROOT = Path(os.environ.get("CLOUD_ROOT") or Path(__file__).resolve().parents[3])
TERRAFORM = ROOT / "terraform"
CLOUD = Path(__file__).resolve().parents[1]
MODULES = sorted(path.name for path in (TERRAFORM / "modules").iterdir() if path.is_dir())
