"""Each module by itself, against a mocked provider: its assertions, and what its variables refuse."""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from harness import MODULES, TERRAFORM
from harness.terraform import Outcome, Workspace

TESTED = [f"modules/{module}" for module in MODULES] + ["bootstrap"]


@pytest.fixture(scope="module")
def outcomes(workspace: Workspace) -> Iterator[dict[str, Future[Outcome]]]:
    """The tests of every module, two modules at a time."""
    for directory in TESTED:
        workspace.initialise(directory, "-backend=false")
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {directory: pool.submit(workspace.run, directory, "test", "-no-color") for directory in TESTED}


@pytest.mark.parametrize("directory", TESTED)
def test_module(outcomes: dict[str, Future[Outcome]], directory: str) -> None:
    outcomes[directory].result().require()


@pytest.mark.parametrize("directory", TESTED)
def test_every_validation_refuses_something(directory: str) -> None:
    variables = re.split(r'^variable "', (TERRAFORM / directory / "variables.tf").read_text(), flags=re.MULTILINE)[1:]
    validated = {text.split('"')[0] for text in variables if "validation {" in text}
    tests = "".join(file.read_text() for file in (TERRAFORM / directory / "tests").glob("*.tftest.hcl"))
    refused = set(re.findall(r"expect_failures = \[var\.(\w+)\]", tests))
    assert validated == refused


@pytest.mark.parametrize("directory", TESTED)
def test_every_assertion_has_a_name_of_its_own(directory: str) -> None:
    tests = "".join(file.read_text() for file in (TERRAFORM / directory / "tests").glob("*.tftest.hcl"))
    names = re.findall(r'error_message = "\[([a-z0-9-]+)\]', tests)
    assert len(names) == len(set(names)) == tests.count("assert {")
