"""Terraform, run on copies of the tree, with its providers made available once."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness import TERRAFORM

#: Seconds after which a command counts as stuck.
LIMIT = 600


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    code: int
    text: str

    def require(self) -> str:
        """What it said, if it ended well."""
        assert self.code == 0, self.text[max(self.text.find("Error:"), 0) :]
        return self.text


class Workspace:
    """A copy of terraform/ in which commands may leave what they like."""

    def __init__(self, directory: Path, source: Path = TERRAFORM) -> None:
        self.root = directory / "terraform"
        shutil.copytree(source, self.root, symlinks=True, ignore=shutil.ignore_patterns("generated", "*.auto.tfvars*"))

    def copy(self, directory: Path) -> "Workspace":
        """Another copy, initialised as far as this one is."""
        return Workspace(directory, self.root)

    def run(self, directory: str, *arguments: str) -> Outcome:
        """Runs `terraform` in a directory of the copy."""
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self.root / directory,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        return Outcome(done.returncode, done.stdout)

    def initialise(self, directory: str, *arguments: str) -> None:
        """`terraform init`, once for each directory of a copy."""
        if not (self.root / directory / ".terraform").exists():
            self.run(directory, "init", "-no-color", "-input=false", *arguments).require()

    def show(self, directory: str, file: str) -> dict:
        """A plan or a state as JSON."""
        return json.loads(self.run(directory, "show", "-json", "-no-color", file).require())


def environment() -> dict[str, str]:
    """A clean environment: nothing of whoever runs the tests reaches AWS or changes Terraform."""
    cache = Path(os.environ["CLOUD_CACHE"]) / "terraform"
    cache.mkdir(parents=True, exist_ok=True)
    configuration = cache / f"terraform-{os.getpid()}.rc"
    if not configuration.exists():
        configuration.write_text(_providers(cache))
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(cache),
        "TF_CLI_CONFIG_FILE": str(configuration),
        "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _providers(cache: Path) -> str:
    if mirror := os.environ.get("TF_PLUGIN_MIRROR"):
        return f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    plugins = cache / "plugins"
    plugins.mkdir(exist_ok=True)
    return f'plugin_cache_dir = "{plugins}"\n'
