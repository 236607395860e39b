"""The rotation function, as packaged, against a real PostgreSQL over TLS and an emulated Secrets Manager."""

import contextlib
import importlib
import json
import ssl
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pg8000.native
import pytest
from moto import mock_aws

from harness import TERRAFORM
from harness.postgres import Postgres, certify

BUILD = TERRAFORM / "modules/secrets/rotation/build"
STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]
MIGRATOR_PASSWORD = "of-migrator"  # noqa: S105


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("postgres"), MIGRATOR_PASSWORD)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def package(database: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("package") / "rotation.zip"
    subprocess.run([sys.executable, BUILD, database.authority, file], check=True)
    return file


@pytest.fixture(scope="module")
def handler(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The function as Lambda would import it: from the package, and from nowhere else."""
    root = tmp_path_factory.mktemp("lambda")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(root)
    sys.path.insert(0, str(root))
    yield importlib.import_module("handler")
    sys.path.remove(str(root))
    for name in ("handler", "database", "scram"):
        del sys.modules[name]


class Rotation:
    """The secrets of one test, and rotations of them."""

    def __init__(self, handler: ModuleType, database: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
        self._handler, self._port = handler, database.port
        self.manager = boto3.client("secretsmanager", region_name="eu-central-1")
        migrator = self._secret("migrator", {"username": "migrator", "password": MIGRATOR_PASSWORD})
        self.secret = self._secret("url-service", {"username": "url_service_a", "password": "first"})
        environment = {
            "PGHOST": "localhost",
            "PGPORT": str(database.port),
            "PGDATABASE": "postgres",
            "MIGRATOR_SECRET_ARN": migrator,
            "ROTATED_SECRET_ARN": self.secret,
            "AWS_DEFAULT_REGION": "eu-central-1",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        # As migrate leaves it.
        for statement in (
            "DROP ROLE IF EXISTS url_service_a, url_service_b",
            "DROP ROLE IF EXISTS url_service",
            "CREATE ROLE url_service NOLOGIN",
            "CREATE ROLE url_service_a LOGIN IN ROLE url_service PASSWORD 'first'",
        ):
            self.run("migrator", MIGRATOR_PASSWORD, statement)

    def _secret(self, name: str, value: dict[str, str]) -> str:
        return self.manager.create_secret(Name=name, SecretString=json.dumps(value))["ARN"]

    def step(self, step: str, token: str, secret: str | None = None) -> None:
        self._handler.handle({"Step": step, "SecretId": secret or self.secret, "ClientRequestToken": token}, None)

    def rotate(self, token: str) -> dict[str, str]:
        for step in STEPS:
            self.step(step, token)
        return self.current()

    def current(self, stage: str = "AWSCURRENT") -> dict[str, str]:
        return json.loads(self.manager.get_secret_value(SecretId=self.secret, VersionStage=stage)["SecretString"])

    def run(self, user: str, password: str, statement: str) -> Any:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = pg8000.native.Connection(
            user, host="127.0.0.1", port=self._port, database="postgres", password=password, ssl_context=context
        )
        with contextlib.closing(connection):
            return connection.run(statement)


@pytest.fixture
def rotation(handler: ModuleType, database: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rotation]:
    with mock_aws():
        yield Rotation(handler, database, monkeypatch)


TOKEN, NEXT = "1" * 32, "2" * 32


def test_the_package_is_the_same_each_time(package: Path, database: Postgres, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    subprocess.run([sys.executable, BUILD, database.authority, again], check=True)
    assert again.read_bytes() == package.read_bytes()


def test_a_package_without_authorities_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    refused = subprocess.run(
        [sys.executable, BUILD, tmp_path / "empty.pem", tmp_path / "p.zip"],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert "holds no certificate" in refused.stderr


def test_users_take_turns_and_the_old_one_works_on(rotation: Rotation) -> None:
    second = rotation.rotate(TOKEN)
    assert second["username"] == "url_service_b"
    assert rotation.run("url_service_b", second["password"], "SELECT current_user") == [["url_service_b"]]
    assert rotation.run("url_service_a", "first", "SELECT 1") == [[1]]
    third = rotation.rotate(NEXT)
    assert third["username"] == "url_service_a"
    assert rotation.run("url_service_b", second["password"], "SELECT 1") == [[1]]
    with pytest.raises(pg8000.native.DatabaseError, match="28P01"):
        rotation.run("url_service_a", "first", "SELECT 1")


def test_both_have_the_groups_rights_and_no_more(rotation: Rotation) -> None:
    login = rotation.rotate(TOKEN)
    query = "SELECT pg_has_role('url_service', 'USAGE'), rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    assert rotation.run(login["username"], login["password"], query) == [[True, False, False, False]]


def test_every_step_can_be_repeated(rotation: Rotation) -> None:
    for step in STEPS[:3]:
        rotation.step(step, TOKEN)
        pending = rotation.current("AWSPENDING")
        rotation.step(step, TOKEN)
        assert rotation.current("AWSPENDING") == pending
    rotation.step("finishSecret", TOKEN)
    rotation.step("finishSecret", TOKEN)
    assert rotation.current() == pending


def test_what_is_not_a_rotation_is_refused(rotation: Rotation, handler: ModuleType) -> None:
    rotation.step("createSecret", TOKEN)
    for step, token, secret in [
        ("setSecret", NEXT, None),
        ("dropSecret", TOKEN, None),
        ("setSecret", TOKEN, "arn:aws:secretsmanager:eu-central-1:123456789012:secret:other"),
    ]:
        with pytest.raises(handler.RotationRefused):
            rotation.step(step, token, secret)


def test_a_login_of_somebody_else_is_not_rotated(rotation: Rotation, handler: ModuleType) -> None:
    rotation.manager.put_secret_value(
        SecretId=rotation.secret, SecretString=json.dumps({"username": "migrator", "password": "x"})
    )
    with pytest.raises(handler.RotationRefused, match="none of the users"):
        rotation.step("createSecret", TOKEN)


def test_the_user_in_use_is_never_touched(rotation: Rotation, handler: ModuleType) -> None:
    """Even if the pending version was made for it."""
    rotation.manager.put_secret_value(
        SecretId=rotation.secret,
        ClientRequestToken=TOKEN,
        SecretString=json.dumps({"username": "url_service_a", "password": "stolen"}),
        VersionStages=["AWSPENDING"],
    )
    with pytest.raises(handler.RotationRefused, match="not the turn"):
        rotation.step("setSecret", TOKEN)
    assert rotation.run("url_service_a", "first", "SELECT 1") == [[1]]


def test_a_login_that_does_not_work_is_not_made_current(rotation: Rotation) -> None:
    rotation.step("createSecret", TOKEN)
    with pytest.raises(pg8000.native.DatabaseError):
        rotation.step("testSecret", TOKEN)
    assert rotation.current()["username"] == "url_service_a"


def test_only_a_server_of_that_name_is_believed(rotation: Rotation, monkeypatch: pytest.MonkeyPatch) -> None:
    rotation.step("createSecret", TOKEN)
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    with pytest.raises((pg8000.native.InterfaceError, OSError), match="certificate verify failed|not valid for"):
        rotation.step("setSecret", TOKEN)


def test_only_the_authoritys_server_is_believed(
    rotation: Rotation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rotation.step("createSecret", TOKEN)
    (tmp_path / "other").mkdir()
    certify(tmp_path / "other", tmp_path / "authority.pem")
    monkeypatch.setattr(sys.modules["database"], "AUTHORITIES", tmp_path / "authority.pem")
    with pytest.raises((pg8000.native.InterfaceError, OSError), match="certificate verify failed"):
        rotation.step("setSecret", TOKEN)


def test_no_password_reaches_a_log(rotation: Rotation, database: Postgres, caplog: pytest.LogCaptureFixture) -> None:
    login = rotation.rotate(TOKEN)
    server = database.log.read_text()
    assert "ALTER ROLE" in server and "SCRAM-SHA-256$" in server
    for text in (server, caplog.text):
        assert login["password"] not in text
        assert MIGRATOR_PASSWORD not in text
