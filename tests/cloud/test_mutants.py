"""Each promise broken once, in a copy: the assertion that names it has to fail."""

from pathlib import Path

import pytest

from harness.mutants import MODULE_MUTANTS, Mutant
from harness.terraform import Workspace

DIRECTORIES = sorted({mutant.directory for mutant in MODULE_MUTANTS})


def test_there_are_enough() -> None:
    names = [mutant.noticed_by for mutant in MODULE_MUTANTS]
    assert len(names) == len(set(names)) >= 30


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_no_mutant_of_a_module_survives(workspace: Workspace, tmp_path: Path, directory: str) -> None:
    workspace.initialise(directory, "-backend=false")
    copy = workspace.copy(tmp_path)
    mutants = [mutant for mutant in MODULE_MUTANTS if mutant.directory == directory]
    for mutant in mutants:
        mutant.plant(copy.root)
    outcome = copy.run(directory, "test", "-no-color", f"-filter={_tests(copy, directory)}")
    assert outcome.code != 0
    assert survivors(mutants, outcome.text) == [], outcome.text


def survivors(mutants: list[Mutant], text: str) -> list[str]:
    """Mutants whose assertion did not fail."""
    return [mutant.noticed_by for mutant in mutants if f"[{mutant.noticed_by}]" not in text]


def _tests(workspace: Workspace, directory: str) -> str:
    [file] = (workspace.root / directory / "tests").glob("*.tftest.hcl")
    return f"tests/{file.name}"
