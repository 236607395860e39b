"""What a plan or a state says about its resources."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Resource:
    """One resource with its values; what is not known before the apply is absent."""

    address: str
    type: str
    values: dict


def planned(plan: dict) -> list[Resource]:
    """What a plan would make."""
    return list(_walk(plan["planned_values"]["root_module"]))


def present(state: dict) -> list[Resource]:
    """What a state holds."""
    return list(_walk(state["values"]["root_module"]))


def changes(plan: dict) -> list[str]:
    """What a plan would change: `action address: attributes`."""
    found = []
    for resource in plan.get("resource_changes", []):
        change = resource["change"]
        if change["actions"] not in (["no-op"], ["read"]):
            before, after = change["before"] or {}, change["after"] or {}
            differing = sorted(name for name in before if before[name] != after.get(name))
            found.append(
                f"{'/'.join(change['actions'])} {resource['address']}: {' '.join(differing)}".removesuffix(": ")
            )
    return found


def of_type(resources: list[Resource], kind: str) -> list[Resource]:
    """The resources of one type."""
    return [resource for resource in resources if resource.type == kind]


def strings(value: object) -> Iterator[str]:
    """Every text anywhere in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def _walk(module: dict) -> Iterator[Resource]:
    for resource in module.get("resources", []):
        if resource["mode"] == "managed":
            yield Resource(resource["address"], resource["type"], resource.get("values", {}))
    for child in module.get("child_modules", []):
        yield from _walk(child)
