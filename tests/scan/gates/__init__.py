"""The gates: each looks at files, gives what it found, and finds nothing in this repository."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent


@dataclass(frozen=True)
class Finding:
    """One thing that closes a gate."""

    rule: str
    file: str
    line: int = 0


def wheel(name: str) -> str:
    """A program that a wheel brought."""
    return str(Path(sys.executable).with_name(name))


def engine(name: str) -> str:
    """A program that tests/cluster/engines/build made."""
    return os.environ[f"SCAN_{name.upper().replace('-', '_')}"]


def output(*command: str | Path, directory: Path = ROOT, accept: tuple[int, ...] = (0, 1), **environment: str) -> str:
    """What a scanner writes; a status that is no verdict is an error, so that a broken scanner never passes for a clean one."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=directory,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode not in accept:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout
