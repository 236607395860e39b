"""The system on this machine, started once."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import attacks  # noqa: E402
from gates import ROOT  # noqa: E402
from target import Target  # noqa: E402

# The first start on a machine installs the emulator.
READY_WITHIN = 300


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The whole system as `make run` starts it, with one link."""
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/stack"
    output = tmp_path_factory.mktemp("stack") / "output"
    port = free_port()
    with output.open("w") as file:
        process = subprocess.Popen([program, "run", "--port", str(port)], cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)
    try:
        target = Target("127.0.0.1", port, key_of(process, output))
        assert target.create(attacks.LINK).status == 201
        yield target
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def key_of(process: subprocess.Popen, output: Path) -> str:
    """Waits until the system says that it is ready, and which key it made."""
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until and process.poll() is None:
        if match := re.search(r"API key  (zte_\S+)", output.read_text()):
            return match[1]
        time.sleep(0.1)
    pytest.fail(f"the system did not start:\n{output.read_text()}")
