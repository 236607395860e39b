"""Workflows: actionlint for what GitHub would refuse, zizmor for what an attacker would use."""

import json
from pathlib import Path

from gates import Finding, engine, output, wheel


def malformed(*files: Path) -> list[Finding]:
    """What actionlint finds, with shellcheck over the scripts inside."""
    lines = output(engine("actionlint"), "-shellcheck", wheel("shellcheck"), "-format", "{{json .}}", *files)
    return [Finding(found["kind"], found["filepath"], found["line"]) for found in json.loads(lines)]


def exploitable(path: Path) -> list[Finding]:
    """What zizmor finds, at its strictest and without asking GitHub."""
    options = ["--offline", "--no-config", "--persona", "auditor", "--format", "json-v1", "--no-exit-codes"]
    report = json.loads(output(wheel("zizmor"), *options, path))
    return [
        Finding(
            found["ident"],
            location["symbolic"]["key"]["Local"]["verbatim_path"],
            location["concrete"]["location"]["start_point"]["row"] + 1,
        )
        for found in report
        for location in found["locations"]
        if location["symbolic"]["kind"] == "Primary"
    ]
