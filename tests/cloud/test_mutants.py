"""Each promise broken once, in a copy: the assertion that names it has to fail."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import CLOUD, ROOT
from harness.mutants import MODULE_MUTANTS, POLICY_MUTANTS, Mutant
from harness.terraform import Outcome, Workspace

DIRECTORIES = sorted({mutant.directory for mutant in MODULE_MUTANTS})


def test_there_are_enough() -> None:
    names = [mutant.noticed_by for mutant in MODULE_MUTANTS + POLICY_MUTANTS]
    assert len(names) == len(set(names)) >= 30


@pytest.fixture(scope="module")
def outcomes(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Outcome]]]:
    """The tests of each module with all of its faults planted, two modules at a time."""
    for directory in DIRECTORIES:
        workspace.initialise(directory, "-backend=false")
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {
            directory: pool.submit(_attempt, workspace.copy(tmp_path_factory.mktemp("mutant")), directory)
            for directory in DIRECTORIES
        }


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_no_mutant_of_a_module_survives(outcomes: dict[str, Future[Outcome]], directory: str) -> None:
    outcome = outcomes[directory].result()
    assert outcome.code != 0
    survivors = [mutant.noticed_by for mutant in _planted(directory) if f"[{mutant.noticed_by}]" not in outcome.text]
    assert survivors == [], outcome.text


@pytest.mark.parametrize("mutant", POLICY_MUTANTS, ids=lambda mutant: mutant.noticed_by)
def test_no_mutant_of_a_policy_survives(tmp_path: Path, mutant: Mutant) -> None:
    copy = Workspace(tmp_path)
    (tmp_path / "docs").mkdir()
    shutil.copyfile(ROOT / "docs/trust-map.toml", tmp_path / "docs/trust-map.toml")
    mutant.plant(copy.root)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", "-k", "not of_the_map_exists and not is_trusted_as",
         CLOUD / "test_policies.py", CLOUD / "test_trust_map.py"],
        env=os.environ | {"CLOUD_ROOT": str(tmp_path)}, stdout=subprocess.PIPE, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert f"::{mutant.noticed_by}" in done.stdout, done.stdout


def _planted(directory: str) -> list[Mutant]:
    return [mutant for mutant in MODULE_MUTANTS if mutant.directory == directory]


def _attempt(copy: Workspace, directory: str) -> Outcome:
    for mutant in _planted(directory):
        mutant.plant(copy.root)
    [file] = (copy.root / directory / "tests").glob("*.tftest.hcl")
    # The refusals of variables say nothing about these faults.
    file.write_text(file.read_text().split('\nrun "refuses_')[0])
    return copy.run(directory, "test", "-no-color")
