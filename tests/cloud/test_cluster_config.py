"""What Terraform hands to Kubernetes: every value that the production overlay names, and no image by tag."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness import ROOT, TERRAFORM
from harness.applied import Applied

OVERLAY = ROOT / "kubernetes/overlays/production/example/account-values.env"
DIGEST = "sha256:" + "0" * 64
AUTHORITY = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"


@pytest.fixture
def outputs(applied: Applied, tmp_path: Path) -> Path:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(applied.state["values"]["outputs"]))
    return file


def configure(
    directory: Path, outputs: Path, images: dict[str, str], authority: str = AUTHORITY
) -> subprocess.CompletedProcess[str]:
    (directory / "images.env").write_text("".join(f"{name}={image}\n" for name, image in images.items()))
    (directory / "ca.pem").write_text(authority)
    return subprocess.run(
        [
            sys.executable,
            TERRAFORM / "cluster-config",
            "--images",
            directory / "images.env",
            "--database-ca",
            directory / "ca.pem",
            "--outputs",
            outputs,
            "--directory",
            directory / "generated",
        ],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def release(outputs: Path) -> dict[str, str]:
    urls = json.loads(outputs.read_text())["repository_urls"]["value"]
    return {
        name: f"{urls[image]}@{DIGEST}"
        for name, image in (
            ("URL_SERVICE_IMAGE", "url-service"),
            ("WORKER_IMAGE", "worker"),
            ("MIGRATE_IMAGE", "migrate"),
        )
    }


def names(text: str) -> list[str]:
    return re.findall(r"^([A-Z0-9_]+)=", text, re.MULTILINE)


def test_every_value_is_there_once(outputs: Path, tmp_path: Path) -> None:
    done = configure(tmp_path, outputs, release(outputs))
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "generated/account-values.env").read_text()
    assert len(names(written)) == len(set(names(written)))
    assert "zero-trust-eks-worker-irsa" in written
    assert (tmp_path / "generated/database-ca.pem").read_text() == AUTHORITY


@pytest.mark.skipif(not OVERLAY.exists(), reason="the production overlay is not there yet")
def test_the_overlay_asks_for_nothing_else(outputs: Path, tmp_path: Path) -> None:
    assert configure(tmp_path, outputs, release(outputs)).returncode == 0
    written = set(names((tmp_path / "generated/account-values.env").read_text()))
    assert set(names(OVERLAY.read_text())) <= written


def test_the_platforms_files_hold_the_accounts_values(outputs: Path, tmp_path: Path) -> None:
    assert configure(tmp_path, outputs, release(outputs)).returncode == 0
    files = {file.name: file.read_text() for file in (tmp_path / "generated/platform").iterdir()}
    charts = {
        "fluent-bit-values.yaml": "fluent-bit",
        "kyverno-values.yaml": "kyverno-admission",
        "spire-values.yaml": "spire-server",
    }
    assert set(files) == {*charts, "spire-security-group.yaml"}
    for file, principal in charts.items():
        assert f"role-arn: arn:aws:iam::123456789012:role/zero-trust-eks-{principal}-irsa\n" in files[file]
        # An admission rule refuses the account otherwise: kubernetes/admission/identity/account-identity.yaml
        assert "audience: sts.amazonaws.com\n" in files[file] and 'token-expiration: "3600"\n' in files[file]
    assert re.search(r"groupIds: \[sg-[0-9a-f]+\]", files["spire-security-group.yaml"])
    for name, text in files.items():
        left = re.findall(r"^[^#\n]*\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b", text, re.MULTILINE)
        assert left == [], f"{name}: Terraform has no output {left}"


@pytest.mark.parametrize("image", ["", "worker:latest", f"evil.example/worker@{DIGEST}", "OWN:v1", "OWN@sha256:abc"])
def test_an_image_is_our_own_and_by_digest(outputs: Path, tmp_path: Path, image: str) -> None:
    images = release(outputs)
    images["WORKER_IMAGE"] = image.replace("OWN", images["WORKER_IMAGE"].split("@")[0])
    done = configure(tmp_path, outputs, images)
    assert done.returncode != 0
    assert "WORKER_IMAGE must be" in done.stderr
    assert not (tmp_path / "generated").exists()


def test_a_missing_value_is_named(outputs: Path, tmp_path: Path) -> None:
    content = json.loads(outputs.read_text())
    content["cluster_config"]["value"]["DATABASE_HOST"] = ""
    outputs.write_text(json.dumps(content))
    done = configure(tmp_path, outputs, release(outputs))
    assert done.returncode != 0
    assert "DATABASE_HOST" in done.stderr


def test_an_empty_authority_is_refused(outputs: Path, tmp_path: Path) -> None:
    done = configure(tmp_path, outputs, release(outputs), authority="")
    assert done.returncode != 0
    assert "holds no certificate" in done.stderr
