"""Manifests: kube-score finds nothing in either overlay, and each weakening that is planted."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from gates import manifests


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    return manifests.rendered("production", tmp_path_factory.mktemp("production"))


@pytest.mark.parametrize("overlay", ["local", "production"])
def test_nothing_is_found(overlay: str, tmp_path: Path) -> None:
    objects = manifests.rendered(overlay, tmp_path)
    assert {"Deployment", "Job", "NetworkPolicy"} <= {item["kind"] for item in objects}
    assert manifests.findings(objects, tmp_path / "objects.yaml") == []


def deployment(objects: list[dict], name: str = "url-service") -> dict:
    return next(item for item in objects if item["kind"] == "Deployment" and item["metadata"]["name"] == name)


def pod(objects: list[dict]) -> dict:
    return deployment(objects)["spec"]["template"]["spec"]


def container(objects: list[dict]) -> dict:
    return pod(objects)["containers"][0]


def as_root(objects: list[dict]) -> None:
    for context in (pod(objects)["securityContext"], container(objects)["securityContext"]):
        context |= {"runAsUser": 0, "runAsGroup": 0}


def writable(objects: list[dict]) -> None:
    container(objects)["securityContext"]["readOnlyRootFilesystem"] = False


def privileged(objects: list[dict]) -> None:
    container(objects)["securityContext"]["privileged"] = True


def every_system_call(objects: list[dict]) -> None:
    del pod(objects)["securityContext"]["seccompProfile"]


def moving_tag(objects: list[dict]) -> None:
    container(objects)["image"] = "example.com/url-service:latest"


def without_limits(objects: list[dict]) -> None:
    del container(objects)["resources"]["limits"]


def without_probes(objects: list[dict]) -> None:
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        container(objects).pop(probe, None)


def on_every_node(objects: list[dict]) -> None:
    next(item for item in objects if item["kind"] == "Service")["spec"]["type"] = "NodePort"


def without_budget(objects: list[dict]) -> None:
    objects[:] = [item for item in objects if item["kind"] != "PodDisruptionBudget"]


def without_network_policies(objects: list[dict]) -> None:
    objects[:] = [item for item in objects if item["kind"] != "NetworkPolicy"]


@pytest.mark.parametrize(
    ("rule", "weaken"),
    [
        ("container-security-context-user-group-id", as_root),
        ("container-security-context-readonlyrootfilesystem", writable),
        ("container-security-context-privileged", privileged),
        ("container-seccomp-profile", every_system_call),
        ("container-image-tag", moving_tag),
        ("container-resources", without_limits),
        ("pod-probes", without_probes),
        ("service-type", on_every_node),
        ("deployment-has-poddisruptionbudget", without_budget),
        ("pod-networkpolicy", without_network_policies),
    ],
)
def test_a_weakening_is_found(rule: str, weaken: Callable[[list[dict]], None], production: list[dict], tmp_path: Path) -> None:
    objects = copy.deepcopy(production)
    weaken(objects)
    assert rule in {finding.rule for finding in manifests.findings(objects, tmp_path / "objects.yaml")}


def test_what_is_not_asked_for_has_its_reason() -> None:
    assert all(len(reason) > 40 for reason in manifests.LESS.values())
