"""The Dockerfile: hadolint, and that every base comes by digest. What ends up in the image is services/images/contents' matter."""

import json
import re
from pathlib import Path

from gates import Finding, output, wheel

BASE = re.compile(r"^FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE)


def findings(file: Path) -> list[Finding]:
    """What hadolint finds, down to matters of style, and bases that can change under their name."""
    report = json.loads(output(wheel("hadolint"), "--no-color", "--format", "json", file))
    return [Finding(found["code"], file.name, found["line"]) for found in report] + moving_bases(file)


def moving_bases(file: Path) -> list[Finding]:
    """Stages that begin with an image that has no digest, unless it is nothing or an earlier stage."""
    found, stages = [], {"scratch"}
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if match := BASE.match(line):
            if match["image"] not in stages and not re.search(r"@sha256:[0-9a-f]{64}$", match["image"]):
                found.append(Finding("base-without-digest", file.name, number))
            stages.add(match["stage"] or "")
    return found
