"""Scanners over everything: no finding, no skip without its reason or without need; and none of them is blind."""

import re
import shutil
from pathlib import Path

import pytest

from harness import CLOUD, TERRAFORM
from harness.scanners import SCANNERS, Report, Scanner

REPORTS: dict[str, Report] = {}


@pytest.fixture(params=SCANNERS, ids=lambda scanner: scanner.name)
def scanner(request: pytest.FixtureRequest) -> Scanner:
    return request.param


@pytest.fixture
def report(scanner: Scanner) -> Report:
    """What the scanner says of the whole tree; asked once."""
    if scanner.name not in REPORTS:
        REPORTS[scanner.name] = scanner.scan(TERRAFORM)
    return REPORTS[scanner.name]


def test_there_is_no_finding(scanner: Scanner, report: Report) -> None:
    assert report.findings == []
    assert report.passed >= scanner.least


def test_every_skip_says_why(scanner: Scanner) -> None:
    assert scanner.unexplained(TERRAFORM) == []


def test_every_skip_is_needed(scanner: Scanner, report: Report) -> None:
    written = {(file.name, check) for file, check, _ in scanner.skips(TERRAFORM)}
    # Of a scanner that does not say what it skipped, nothing may be skipped.
    assert written == (report.skipped if scanner.tells_skips else set())


def test_a_planted_fault_is_found(scanner: Scanner, tmp_path: Path) -> None:
    module = tmp_path / "click-queue"
    shutil.copytree(TERRAFORM / "modules/click-queue", module)
    main, (pattern, instead, checks) = module / "main.tf", scanner.fault
    main.write_text(re.sub(pattern, instead, main.read_text()))
    assert checks <= {finding.split(" ")[0] for finding in scanner.scan(module).findings}


SKIPS = {
    "checkov": "# checkov:skip=CKV_AWS_27",
    "trivy": "# trivy:ignore:aws-sqs-enable-queue-encryption",
    "tflint": "# tflint-ignore: terraform_unused_declarations",
}


def test_a_skip_without_a_reason_is_found(scanner: Scanner, tmp_path: Path) -> None:
    skip = SKIPS[scanner.name]
    separator = " # " if scanner.name == "tflint" else ": "
    for name, reason in {"a": "", "b": "later", "c": "the key of this queue is another account's"}.items():
        text = f"{skip}{separator}{reason}" if reason else skip
        (tmp_path / f"{name}.tf").write_text(f'resource "aws_sqs_queue" "{name}" {{\n  {text}\n}}\n')
    assert [found.split(":")[0] for found in scanner.unexplained(tmp_path)] == ["a.tf", "b.tf"]


def test_no_rule_of_tflint_is_switched_off() -> None:
    configuration = (CLOUD / "tflint.hcl").read_text()
    assert 'preset  = "all"' in configuration
    assert not re.search(r"^ *rule ", configuration, re.MULTILINE)
    assert not list(TERRAFORM.glob("**/.tflint.hcl"))
