"""Policy documents: the templates under terraform/, and what is written in a rendered one."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from harness import TERRAFORM

PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
LIST = re.compile(r"jsonencode\((\w+)\)")

Statement = dict


def templates(root: Path = TERRAFORM) -> list[Path]:
    """Every policy template."""
    return sorted(root.glob("**/policies/**/*.json"))


def placeholders(text: str) -> set[str]:
    """What a template asks for, as written."""
    return set(PLACEHOLDER.findall(text))


def outline(text: str) -> dict:
    """A template as a document in which a name stands for each value: `<name>`."""
    lists = re.sub(r"\$\{jsonencode\((\w+)\)\}", r'["<\1>"]', text)
    return json.loads(re.sub(r"\$\{(\w+)\}", r"<\1>", lists))


def many(value: str | list[str]) -> list[str]:
    """One or several, as a list."""
    return [value] if isinstance(value, str) else list(value)


def statements(document: dict) -> list[Statement]:
    """The statements of a document."""
    return document["Statement"]


def grants(document: dict) -> Iterator[tuple[str, str]]:
    """Each action that a document allows, with each resource."""
    for statement in statements(document):
        if statement["Effect"] == "Allow":
            for action in many(statement["Action"]):
                for resource in many(statement.get("Resource", "*")):
                    yield action, resource
