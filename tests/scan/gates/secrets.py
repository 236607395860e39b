"""Secrets: gitleaks over every commit, with its own rules and one for our API keys."""

import json
import subprocess
from pathlib import Path

from gates import ROOT, Finding, engine, output

CONFIG = ROOT / ".gitleaks.toml"


def findings(repository: Path, report: Path) -> list[Finding]:
    """What the history of the repository gives away. The report names places, never what stands there."""
    options = ["--no-banner", "--no-color", "--redact", "--config", CONFIG, "--report-format", "json", "--report-path", report]
    output(engine("gitleaks"), "git", *options, repository)
    return [Finding(leak["RuleID"], leak["File"], leak["StartLine"]) for leak in json.loads(report.read_text())]


def has_whole_history(repository: Path) -> bool:
    """Whether the clone goes back to the first commit: what is not there cannot be looked at."""
    command = ["git", "rev-parse", "--is-shallow-repository"]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout.strip() == "false"
