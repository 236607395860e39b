"""The scripts of a release, with the programs around them replaced by ones that write down how they were called."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from gates import ROOT, wheel

REGISTRY = "111111111111.dkr.ecr.eu-central-1.amazonaws.com/zero-trust-eks"
SERVICES = ["url-service", "worker", "migrate"]
SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
REVISION = "0123456789abcdef0123456789abcdef01234567"


def reference(service: str, digit: str = "a") -> str:
    return f"{REGISTRY}/{service}@sha256:{digit * 64}"


ALL = "\n".join(reference(service) for service in SERVICES)


class Machine:
    """A machine on which every program of a release only takes notes."""

    def __init__(self, directory: Path) -> None:
        self.notes = directory / "notes"
        self.notes.touch()
        self.programs = directory / "bin"
        self.programs.mkdir()
        for program in ("aws", "docker", "gh", "skopeo", "cosign"):
            self.program(program, 'echo "sha256:$(printf "a%.0s" {1..64})"' if program == "skopeo" else "")

    def program(self, name: str, does: str) -> None:
        """Puts a program there that takes a note and does something."""
        file = self.programs / name
        file.write_text(f'#!/usr/bin/env bash\necho "{name} $*" >>"{self.notes}"\n{does}\n')
        file.chmod(0o755)

    def run(self, script: str, *arguments: str, directory: Path = ROOT, **environment: str) -> subprocess.CompletedProcess:
        """Runs a script of .github/release."""
        known = {"PATH": f"{self.programs}:{os.environ['PATH']}", "COSIGN": str(self.programs / "cosign")}
        known |= {"GITHUB_REPOSITORY": "owner/zero-trust-eks", "GITHUB_SHA": REVISION, "HOME": str(self.programs)}
        command = [str(ROOT / ".github/release" / script), *arguments]
        return subprocess.run(command, cwd=directory, env=known | environment, capture_output=True, text=True, timeout=60, check=False)

    def calls(self, program: str) -> list[str]:
        """How a program was called."""
        return [line for line in self.notes.read_text().splitlines() if line.startswith(program + " ")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_every_image_is_signed_and_attested_by_digest(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "references").write_text(ALL + "\n")
    assert machine.run("sign", str(tmp_path)).returncode == 0
    calls = machine.calls("cosign")
    assert len(calls) == 9
    for service in SERVICES:
        own = [call for call in calls if call.endswith(reference(service))]
        assert [call.split()[1] for call in own] == ["sign", "attest", "attest"]
        assert f"--type cyclonedx --predicate {tmp_path}/sboms/{service}.cdx.json" in own[1]
        assert f"--type vuln --predicate {tmp_path}/scan.json" in own[2]
    assert not any("--key" in call for call in calls), "a release is signed without a stored key"


@pytest.mark.parametrize("bad", [f"{REGISTRY}/worker:latest", f"{REGISTRY}/worker@sha256:abc", "worker"])
def test_nothing_is_signed_by_tag(bad: str, machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "references").write_text(bad + "\n")
    done = machine.run("sign", str(tmp_path))
    assert done.returncode != 0
    assert "by digest" in done.stderr
    assert machine.calls("cosign") == []


def test_a_stranger_trusts_one_exact_identity(machine: Machine) -> None:
    done = machine.run("verify", REFERENCES=ALL)
    assert done.returncode == 0, done.stderr
    calls = machine.calls("cosign")
    assert [call.split()[1] for call in calls] == ["verify-attestation"] * 12
    identity = "--certificate-identity https://github.com/owner/zero-trust-eks/.github/workflows/release.yml@refs/heads/main "
    issuer = "--certificate-oidc-issuer https://token.actions.githubusercontent.com "
    assert all(identity in call and issuer in call for call in calls)
    assert not any("regexp" in call for call in calls)
    types = [re.search(r"--type (\S+)", call)[1] for call in calls[:4]]
    assert types == [SIGNATURE, "cyclonedx", "slsaprovenance1", "vuln"]
    assert all("--policy " in call for call in calls[1:4])


@pytest.mark.parametrize("failing", [SIGNATURE, "cyclonedx", "slsaprovenance1", "vuln"])
def test_what_does_not_verify_ends_the_release(failing: str, machine: Machine) -> None:
    machine.program("cosign", f'[[ " $* " != *" {failing} "* ]] || exit 1')
    done = machine.run("verify", REFERENCES=ALL)
    assert done.returncode != 0
    assert "verified" not in done.stdout


def test_an_image_that_is_missing_ends_the_release(machine: Machine) -> None:
    done = machine.run("verify", REFERENCES=reference("worker"))
    assert done.returncode != 0
    assert "1 images, not three" in done.stderr


@pytest.mark.parametrize("host", ["docker.io", "111111111111.dkr.ecr.eu-central-1.amazonaws.com.evil.example", "localhost:5000"])
def test_the_password_of_ecr_goes_to_ecr_alone(host: str, machine: Machine) -> None:
    assert machine.run("login", host).returncode != 0
    assert machine.calls("aws") + machine.calls("docker") == []


def test_the_password_is_no_argument(machine: Machine) -> None:
    machine.program("aws", "echo hunter2")
    machine.program("docker", "cat >/dev/null")
    assert machine.run("login", REGISTRY.split("/")[0]).returncode == 0
    assert machine.calls("docker") == [f"docker login --username AWS --password-stdin {REGISTRY.split('/')[0]}"]
    assert "hunter2" not in machine.notes.read_text()


CLEAN = {"database": {"last-commit": "c0ffee", "last-updated": "2030-01-31T00:00:00Z"}, "lockfile": {"dependency-count": 2}}


def audit(machine: Machine, result: dict, status: int) -> None:
    """Puts a cargo there whose audit gives this result."""
    machine.program("cargo", f"[[ $1 == audit ]] || exit 0\necho '{json.dumps(result)}'\nexit {status}")


def test_a_scan_names_its_database_and_what_it_looked_at(machine: Machine, tmp_path: Path) -> None:
    audit(machine, CLEAN | {"vulnerabilities": {"count": 0, "list": []}}, 0)
    done = machine.run("scan", str(tmp_path / "scan.json"))
    assert done.returncode == 0, done.stderr
    scanner = json.loads((tmp_path / "scan.json").read_text())["scanner"]
    assert scanner["db"]["lastUpdate"] == scanner["result"]["database"]["last-updated"] == "2030-01-31T00:00:00Z"
    assert scanner["result"]["lockfile"]["dependency-count"] == 2


def test_an_advisory_ends_the_release_and_is_named(machine: Machine, tmp_path: Path) -> None:
    advisory = {"advisory": {"id": "RUSTSEC-2030-0001", "title": "bad"}, "package": {"name": "planted", "version": "1.0.0"}}
    audit(machine, CLEAN | {"vulnerabilities": {"count": 1, "list": [advisory]}}, 1)
    done = machine.run("scan", str(tmp_path / "scan.json"))
    assert done.returncode != 0
    assert "RUSTSEC-2030-0001 planted 1.0.0: bad" in done.stderr
    assert not (tmp_path / "scan.json").exists()


def test_a_database_that_is_away_ends_the_release(machine: Machine, tmp_path: Path) -> None:
    machine.program("cargo", "[[ $1 == audit ]] || exit 0\nexit 2")
    done = machine.run("scan", str(tmp_path / "scan.json"))
    assert done.returncode != 0
    assert "nothing is released" in done.stderr
    assert not (tmp_path / "scan.json").exists()


def repository(directory: Path) -> Path:
    """A clone with a remote, both in the directory."""
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid", "-c", "commit.gpgsign=false"]
    work = directory / "work"
    (work / "kubernetes/overlays/production").mkdir(parents=True)
    (work / "kubernetes/overlays/production/kustomization.yaml").touch()
    subprocess.run(["git", "init", "--quiet", "--bare", directory / "remote.git"], check=True)
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["remote", "add", "origin", str(directory / "remote.git")],
        ["add", "."],
        [*identity, "commit", "--quiet", "--message=first"],
    ):
        subprocess.run(["git", *command], cwd=work, check=True)
    return work


def test_the_digests_are_proposed_not_deployed(machine: Machine, tmp_path: Path) -> None:
    work = repository(tmp_path)
    done = machine.run("propose", directory=work, REFERENCES=ALL)
    assert done.returncode == 0, done.stderr
    branch = f"release/{REVISION[:12]}"
    show = ["git", "show", f"{branch}:kubernetes/overlays/production/images.env"]
    written = subprocess.run(show, cwd=tmp_path / "remote.git", capture_output=True, text=True, check=True).stdout
    assert [line for line in written.splitlines() if not line.startswith("#")] == [
        f"URL_SERVICE_IMAGE={reference('url-service')}",
        f"WORKER_IMAGE={reference('worker')}",
        f"MIGRATE_IMAGE={reference('migrate')}",
    ]
    assert any(call.startswith(f"gh pr create --base main --head {branch} ") for call in machine.calls("gh"))
    main = subprocess.run(["git", "branch", "--list", "main"], cwd=tmp_path / "remote.git", capture_output=True, text=True, check=True)
    assert main.stdout == "", "nothing is pushed to main"


@pytest.mark.parametrize("bad", [f"{REGISTRY}/worker:latest", f"{REGISTRY}/other@sha256:{'a' * 64}", f"{reference('worker')}\n$(reboot)"])
def test_only_our_images_by_digest_are_proposed(bad: str, machine: Machine, tmp_path: Path) -> None:
    work = repository(tmp_path)
    assert machine.run("propose", directory=work, REFERENCES=bad).returncode != 0
    assert machine.calls("gh") == []
    assert not (work / "kubernetes/overlays/production/images.env").exists()


def test_the_scripts_have_no_careless_shell() -> None:
    scripts = sorted(file for file in (ROOT / ".github/release").iterdir() if file.is_file())
    command = [wheel("shellcheck"), "--severity", "style", *map(str, scripts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == ""
