"""Scanners of Terraform: how each is run, what it found, and how it is told to look away.

checkov is a Python package; tflint and trivy's engine are Go programs that `run` builds from pinned modules
(tests/cluster/engines).
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness import CLOUD
from harness.terraform import environment

#: Seconds after which a scan counts as stuck.
LIMIT = 600
#: What a skip has to say after the name of its check.
REASON = re.compile(r":? *#? *[A-Za-z_\"].{24,}")


@dataclass
class Report:
    """What a scanner says of a directory: findings, the skips that it honoured as (file, check), and what it passed."""

    findings: list[str] = field(default_factory=list)
    skipped: set[tuple[str, str]] = field(default_factory=set)
    passed: int = 0


@dataclass(frozen=True)
class Scanner:
    """A scanner, the comment by which it is told to look away, and a fault that it has to see."""

    name: str
    scan: Callable[[Path], Report]
    skip: re.Pattern[str]
    #: Whether the report says which skips were honoured.
    tells_skips: bool
    #: Least number of passed checks: a scan that looked at nothing finds nothing.
    least: int
    #: A pattern in the click queue's main.tf, what replaces it, and the checks that have to fail.
    fault: tuple[str, str, set[str]]

    def skips(self, root: Path) -> Iterator[tuple[Path, str, str]]:
        """Every skip that is written: file, check, and what follows it."""
        for file in sorted(root.glob("**/*.tf")):
            for skip in self.skip.finditer(file.read_text()):
                yield file, skip["check"], skip["rest"]

    def unexplained(self, root: Path) -> list[str]:
        """Skips that do not say why."""
        return [
            f"{file.relative_to(root)}: {check}"
            for file, check, rest in self.skips(root)
            if not REASON.match(rest)
        ]


def _output(command: list[str], directory: Path, **more: str) -> str:
    done = subprocess.run(
        command, cwd=directory, env=environment() | more, stdout=subprocess.PIPE, text=True, timeout=LIMIT, check=False
    )
    return done.stdout


def _checkov(directory: Path) -> Report:
    command = [str(Path(sys.executable).with_name("checkov")), "--directory", ".", "--framework", "terraform"]
    options = ["--compact", "--skip-download", "--skip-path", "mocks", "--output", "json"]
    told = json.loads(_output(command + options, directory, LOG_LEVEL="ERROR"))
    assert told["summary"]["parsing_errors"] == 0
    return Report(
        [f"{item['check_id']} {item['resource']} {item['file_path']}" for item in told["results"]["failed_checks"]],
        {(Path(item["file_path"]).name, item["check_id"]) for item in told["results"]["skipped_checks"]},
        told["summary"]["passed"],
    )


def _trivy(directory: Path) -> Report:
    report = Report()
    for line in _output([os.environ["CLOUD_TRIVY_TERRAFORM"], "."], directory).splitlines():
        result = json.loads(line)
        match result["status"]:
            case "failed":
                report.findings.append(f"{result['check']} {result['resource']} {result['file']}:{result['line']}")
            case "ignored":
                report.skipped.add((Path(result["file"]).name, result["check"]))
            case _:
                report.passed += 1
    return report


def _tflint(directory: Path) -> Report:
    plugins = str(Path(os.environ["CLOUD_TFLINT_RULESET_AWS"]).parent)
    command = [os.environ["CLOUD_TFLINT"], "--config", str(CLOUD / "tflint.hcl"), "--format", "json"]
    report = Report()
    for module in sorted({file.parent for file in directory.glob("**/*.tf")}):
        told = json.loads(_output(command, module, TFLINT_PLUGIN_DIR=plugins))
        assert not told["errors"], told["errors"]
        report.passed += 1
        report.findings += [
            f"{issue['rule']['name']} {module.name}/{issue['range']['filename']}:{issue['range']['start']['line']}"
            for issue in told["issues"]
        ]
    return report


SCANNERS = [
    Scanner(
        "checkov",
        _checkov,
        re.compile(r"checkov:skip=(?P<check>CKV2?_[A-Z]+_\d+)(?P<rest>.*)"),
        tells_skips=True,
        least=300,
        fault=(r" +kms_\w+ += .*\n", "", {"CKV_AWS_27"}),
    ),
    Scanner(
        "trivy",
        _trivy,
        re.compile(r"(?:trivy|tfsec):ignore:(?P<check>[\w-]+)(?P<rest>.*)"),
        tells_skips=True,
        least=150,
        fault=(r" +kms_\w+ += .*\n", "", {"aws-sqs-enable-queue-encryption"}),
    ),
    Scanner(
        "tflint",
        _tflint,
        re.compile(r"tflint-ignore(?:-file)?: *(?P<check>[\w, -]+?)(?P<rest> *#.*|$)", re.MULTILINE),
        tells_skips=False,
        least=13,
        # One for each of its two sets of rules.
        fault=(
            r"\Z",
            '\nlocals {\n  unused = 1\n}\n\nresource "aws_instance" "fault" {\n  instance_type = "t9.huge"\n}\n',
            {"terraform_unused_declarations", "aws_instance_invalid_type"},
        ),
    ),
]
