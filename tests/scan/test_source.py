"""SAST: our own rules find nothing in the services, and each finds the faults planted beside it."""

import re
import shutil
from pathlib import Path

import pytest

from gates import ROOT, source

RULE = re.compile(r"^\s+- id: (\S+)$", re.MULTILINE)
EXPECTED = re.compile(r"// ruleid: (.+)$")
# Where a rule is broken for a reason that stands beside it. A new exception is a line here, for a reviewer to see.
EXCEPTIONS = [
    ("services/identity/src/spiffe/server_tls.rs", "server-without-client-certificates"),
    ("services/migrate/src/roles.rs", "sql-by-format"),
    ("services/url-service/src/routes/links/create.rs", "location-from-request"),
]
RULE_FILES = sorted(source.RULES.glob("*.yaml"))


def planted() -> set[tuple[str, str, int]]:
    """The rules that each file of faults names, with the line after the name."""
    faults = set()
    for file in source.RULES.glob("*.rs"):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            if match := EXPECTED.search(line):
                faults |= {(rule.strip(), file.name, number + 1) for rule in match[1].split(",")}
    return faults


def test_the_services_break_no_rule() -> None:
    assert source.findings("services") == []


def test_exactly_the_planted_faults_are_found(tmp_path: Path) -> None:
    # Elsewhere, because semgrep leaves out what lies below a folder named tests.
    shutil.copytree(source.RULES, tmp_path / "rules")
    found = source.findings("rules", directory=tmp_path)
    starts = {(finding.rule, Path(finding.file).name, finding.line) for finding in found}
    assert starts == planted()


@pytest.mark.parametrize("file", RULE_FILES, ids=lambda file: file.stem)
def test_every_rule_has_a_fault(file: Path) -> None:
    rules = set(RULE.findall(file.read_text()))
    assert rules
    assert rules <= {rule for rule, _, _ in planted()}


def test_every_exception_is_listed() -> None:
    found = [
        (str(file.relative_to(ROOT)), match[1])
        for file in sorted((ROOT / "services").rglob("*.rs"))
        for match in re.finditer(r"nosem(?:grep)?(?::\s*(\S+))?", file.read_text())
    ]
    assert found == EXCEPTIONS
