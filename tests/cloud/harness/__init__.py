"""What the tests of terraform/ stand on."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TERRAFORM = ROOT / "terraform"
CLOUD = ROOT / "tests" / "cloud"
MODULES = sorted(path.name for path in (TERRAFORM / "modules").iterdir() if path.is_dir())
