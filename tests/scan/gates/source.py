"""Source: semgrep with the rules of rules/."""

import json
from pathlib import Path

from gates import HERE, ROOT, Finding, output, wheel

RULES = HERE / "rules"
# Tests and their stand-ins mint keys, trust authorities of their own and seed what they draw.
TESTS = ["--exclude=tests", "--exclude=tests.rs", "--exclude=fakes", "--exclude=fakes.rs"]


def findings(*paths: str | Path, directory: Path = ROOT) -> list[Finding]:
    """What the rules find in the Rust files below the paths."""
    report = json.loads(
        output(wheel("semgrep"), "scan", "--quiet", "--json", "--timeout", "0", "--config", RULES, *TESTS, *paths, directory=directory)
    )
    if report["errors"]:
        raise RuntimeError(f"semgrep did not read everything: {report['errors']}")
    if not report["paths"]["scanned"]:
        raise RuntimeError("semgrep read nothing")
    return [Finding(found["check_id"].rsplit(".", 1)[-1], found["path"], found["start"]["line"]) for found in report["results"]]
