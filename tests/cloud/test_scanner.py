"""checkov over everything: no finding, and no skip without its reason."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness import TERRAFORM
from harness.terraform import environment

SKIP = re.compile(r"checkov:skip=(?P<check>CKV2?_[A-Z]+_\d+)(?P<rest>.*)")


def scan(directory: Path) -> dict:
    """What checkov reports on a directory."""
    checkov = str(Path(sys.executable).with_name("checkov"))
    options = ["--framework", "terraform", "--compact", "--skip-download", "--skip-path", "mocks", "--output", "json"]
    done = subprocess.run(
        [checkov, "--directory", str(directory), *options],
        env=environment() | {"LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return json.loads(done.stdout)


def unexplained(root: Path) -> list[str]:
    """Skips that do not say why."""
    found = []
    for file in root.glob("**/*.tf"):
        for skip in SKIP.finditer(file.read_text()):
            if not re.match(r": [A-Za-z_].{24,}", skip["rest"]):
                found.append(f"{file.relative_to(root)}: {skip['check']}")
    return found


@pytest.fixture(scope="module")
def report() -> dict:
    return scan(TERRAFORM)


def test_there_is_no_finding(report: dict) -> None:
    failed = [
        f"{finding['check_id']} {finding['resource']} {finding['file_path']}"
        for finding in report["results"]["failed_checks"]
    ]
    assert failed == []
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 300


def test_every_skip_says_why() -> None:
    assert unexplained(TERRAFORM) == []


def test_every_skip_is_needed(report: dict) -> None:
    written = {
        (file.name, skip["check"]) for file in TERRAFORM.glob("**/*.tf") for skip in SKIP.finditer(file.read_text())
    }
    used = {(Path(skip["file_path"]).name, skip["check_id"]) for skip in report["results"]["skipped_checks"]}
    assert written == used


def test_a_skip_without_a_reason_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text('resource "aws_sqs_queue" "a" {\n  # checkov:skip=CKV_AWS_27\n}\n')
    (tmp_path / "b.tf").write_text('resource "aws_sqs_queue" "b" {\n  # checkov:skip=CKV_AWS_27: later\n}\n')
    assert sorted(unexplained(tmp_path)) == ["a.tf: CKV_AWS_27", "b.tf: CKV_AWS_27"]


def test_a_planted_fault_is_found(tmp_path: Path) -> None:
    module = tmp_path / "click-queue"
    shutil.copytree(TERRAFORM / "modules/click-queue", module)
    main = module / "main.tf"
    main.write_text(re.sub(r" +kms_\w+ += .*\n", "", main.read_text()))
    assert {finding["check_id"] for finding in scan(module)["results"]["failed_checks"]} >= {"CKV_AWS_27"}
