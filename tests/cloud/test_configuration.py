"""The configuration itself: formatted, valid, pinned, our own."""

import re

import pytest

from harness import MODULES, ROOT, TERRAFORM
from harness.emulator import PRODUCTION
from harness.terraform import Workspace

ROOTS = [PRODUCTION, "bootstrap"]


def test_formatted(workspace: Workspace) -> None:
    workspace.run(".", "fmt", "-check", "-recursive", "-diff", "-no-color").require()


@pytest.mark.parametrize("root", ROOTS)
def test_roots_are_valid(workspace: Workspace, root: str) -> None:
    workspace.initialise(root, "-backend=false")
    workspace.run(root, "validate", "-no-color").require()


def test_modules_are_our_own() -> None:
    for file in TERRAFORM.glob("**/*.tf"):
        for source in re.findall(r'^\s*source\s*=\s*"([^"]+)"', file.read_text(), re.MULTILINE):
            assert source == "hashicorp/aws" or source.startswith("../../modules/"), f"{file}: {source}"


def test_every_directory_pins_the_provider() -> None:
    for directory in [TERRAFORM / "modules" / module for module in MODULES] + [TERRAFORM / root for root in ROOTS]:
        versions = (directory / "versions.tf").read_text()
        assert 'version = "~> 5.100"' in versions, directory


@pytest.mark.parametrize("root", ROOTS)
def test_the_lock_holds_the_release_and_every_platform(root: str) -> None:
    lock = (TERRAFORM / root / ".terraform.lock.hcl").read_text()
    assert re.search(r'version\s*=\s*"5\.100\.0"', lock)
    # "zh:" is the hash of a platform's archive as HashiCorp signed it; "h1:" of an unpacked one, as seen on linux_amd64.
    assert len(re.findall(r'"zh:[0-9a-f]{64}"', lock)) == 15
    assert '"h1:edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0="' in lock


def test_the_cluster_is_of_the_version_that_the_tests_run() -> None:
    [minor] = re.findall(r"^\tk8s\.io/kubernetes v1\.(\d+)\.", (ROOT / "tests/cluster/engines/node/go.mod").read_text(), re.M)
    for directory in ("modules/cluster", PRODUCTION):
        variables = (TERRAFORM / directory / "variables.tf").read_text()
        default = variables.split('variable "kubernetes_version"')[1].split("default")[1].splitlines()[0]
        assert default.strip(" =") == f'"1.{minor}"', directory


def test_the_state_is_remote_encrypted_and_locked() -> None:
    assert 'backend "s3" {}' in (TERRAFORM / PRODUCTION / "backend.tf").read_text()
    backend = (TERRAFORM / "bootstrap/outputs.tf").read_text()
    for setting in ("encrypt      = true", "kms_key_id   = ", "use_lockfile = true"):
        assert setting in backend


def test_no_value_of_an_account_is_committed() -> None:
    for file in TERRAFORM.glob("**/*"):
        if file.suffix in (".tf", ".json", ".toml", ".py") and "tests" not in file.parts:
            accounts = set(re.findall(r"\b\d{12}\b", file.read_text())) - {"602401143452", "000000000000"}
            assert not accounts, f"{file}: {accounts}"
