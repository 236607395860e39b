"""SCRAM-SHA-256 verifiers as PostgreSQL stores them (RFC 5803, RFC 7677)."""

import base64
import hashlib
import hmac
import os

ITERATIONS = 4096
SALT_BYTES = 16


def verifier(password: str) -> str:
    """The verifier of an ASCII password, which SASLprep leaves as it is."""
    if not password.isascii():
        raise ValueError("only ASCII passwords need no SASLprep")
    salt = os.urandom(SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${ITERATIONS}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
