"""Secrets: none in the history, and a key that was planted and removed again is found."""

import base64
import secrets as randomness
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gates import ROOT, Finding, secrets


def git(repository: Path, *arguments: str) -> None:
    """Runs git as nobody in particular."""
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=repository, capture_output=True, check=True)


def history(repository: Path, text: str) -> Path:
    """A history in which the text was there once."""
    repository.mkdir()
    git(repository, "init", "--quiet")
    for content in (text, "nothing\n"):
        (repository / "settings").write_text(content)
        git(repository, "add", ".")
        git(repository, "commit", "--quiet", "--message", "settings")
    return repository


def api_key() -> str:
    secret = base64.urlsafe_b64encode(randomness.token_bytes(32)).decode().rstrip("=")
    return f"zte_{randomness.token_hex(16)}_{secret}"


def private_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def access_key() -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "aws_access_key_id = AKIA" + "".join(randomness.choice(alphabet) for _ in range(16))


@pytest.mark.skipif(not secrets.has_whole_history(ROOT), reason="not looked: the clone does not hold the whole history")
def test_the_history_holds_no_secret(tmp_path: Path) -> None:
    assert secrets.findings(ROOT, tmp_path / "report") == []


@pytest.mark.parametrize(
    ("rule", "mint"),
    [("zero-trust-eks-api-key", api_key), ("private-key", private_key), ("aws-access-token", access_key)],
)
def test_a_planted_key_is_found_after_it_was_removed(rule: str, mint: Callable[[], str], tmp_path: Path) -> None:
    repository = history(tmp_path / "repository", mint() + "\n")
    assert Finding(rule, "settings", 1) in secrets.findings(repository, tmp_path / "report")


def test_a_history_without_a_key_is_clean(tmp_path: Path) -> None:
    repository = history(tmp_path / "repository", "log_filter = info\n")
    assert secrets.findings(repository, tmp_path / "report") == []
