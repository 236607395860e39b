"""The Dockerfile: no finding in ours, and one bad one for each rule."""

import re
from pathlib import Path

import pytest

from gates import HERE, ROOT, dockerfile

FAULTS = sorted((HERE / "faults/dockerfiles").glob("*.Dockerfile"))
EXPECTED = re.compile(r"# finds: (.+)\n")


def test_nothing_is_found_in_ours() -> None:
    assert dockerfile.findings(ROOT / "Dockerfile") == []


@pytest.mark.parametrize("file", FAULTS, ids=lambda file: file.stem)
def test_a_bad_dockerfile_is_found(file: Path) -> None:
    expected = EXPECTED.match(file.read_text())[1].split()
    assert set(expected) <= {finding.rule for finding in dockerfile.findings(file)}
