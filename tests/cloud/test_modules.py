"""Each module by itself, against a mocked provider: its assertions, and what its variables refuse."""

import re

import pytest

from harness import MODULES, TERRAFORM
from harness.terraform import Workspace

TESTED = [f"modules/{module}" for module in MODULES] + ["bootstrap"]


@pytest.mark.parametrize("directory", TESTED)
def test_module(workspace: Workspace, directory: str) -> None:
    workspace.initialise(directory, "-backend=false")
    workspace.run(directory, "test", "-no-color").require()


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
