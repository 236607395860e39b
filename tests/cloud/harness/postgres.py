"""A PostgreSQL of the test's own, with TLS from an authority of the test's own."""

import datetime
import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey


class Postgres:
    """A running server; `migrator` owns it, as on RDS."""

    def __init__(self, directory: Path, password: str) -> None:
        self._data = directory / "data"
        self._user = _unprivileged()
        shutil.chown(directory, self._user)
        # pytest's directories are for their owner alone; the server runs as somebody else.
        for parent in (directory, directory.parent, directory.parent.parent):
            parent.chmod(parent.stat().st_mode | 0o011)
        self.authority = directory / "authority.pem"
        (directory / "password").write_text(password)
        self._as_owner(
            "initdb",
            "--pgdata",
            str(self._data),
            "--username",
            "migrator",
            "--pwfile",
            str(directory / "password"),
            "--auth",
            "scram-sha-256",
            "--no-sync",
        )
        certify(self._data, self.authority)
        shutil.chown(self._data / "server.key", self._user)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        # TLS only, as rds.force_ssl makes it.
        (self._data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
        options = f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c ssl=on -c fsync=off -c log_statement=ddl"
        self.log = directory / "log"
        self._as_owner(
            "pg_ctl", "--pgdata", str(self._data), "--log", str(self.log), "--wait", "--options", options, "start"
        )

    def stop(self) -> None:
        """Ends the server."""
        self._as_owner("pg_ctl", "--pgdata", str(self._data), "--mode", "immediate", "stop")

    def _as_owner(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [_binaries() / program, *arguments],
            user=self._user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=True,
            cwd="/",
        )


def certify(data: Path, authority: Path) -> None:
    """Gives the server a certificate for `localhost` and writes its authority."""
    root, root_key = _certificate("authority", None, None)
    leaf, leaf_key = _certificate("localhost", root, root_key)
    authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (data / "server.crt").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    key = data / "server.key"
    key.write_bytes(
        leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    key.chmod(0o600)


def _certificate(name: str, issuer: x509.Certificate | None, issuer_key: Key | None) -> tuple[x509.Certificate, Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    return builder.sign(issuer_key or key, hashes.SHA256()), key


def _binaries() -> Path:
    if found := shutil.which("initdb"):
        return Path(found).parent
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]


def _unprivileged() -> str:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    return "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"
