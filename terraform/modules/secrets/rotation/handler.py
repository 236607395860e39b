"""Rotates url-service's database login by alternating users, as a rotation function of Secrets Manager.

Two users take turns, so that the login in use never stops working while its successor is made:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets_strategies.html
The four steps: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
Each may be repeated; a value never reaches the log.
"""

import json
import logging
import os
import secrets
from typing import Any

import boto3
import database

LOG = logging.getLogger()
LOG.setLevel(logging.INFO)

#: Who takes turns. `migrate` makes the first of them, this function the second.
ALTERNATES = {"url_service_a": "url_service_b", "url_service_b": "url_service_a"}
#: Random bytes in a password.
PASSWORD_BYTES = 32


class RotationRefused(Exception):
    """What was asked for is not a rotation that this function does."""


def handle(event: dict[str, str], _context: Any) -> None:
    """Does one step of the rotation with the token `ClientRequestToken`."""
    step, secret, token = event["Step"], event["SecretId"], event["ClientRequestToken"]
    if secret != os.environ["ROTATED_SECRET_ARN"]:
        raise RotationRefused(f"this function rotates {os.environ['ROTATED_SECRET_ARN']} only")
    if step not in STEPS:
        raise RotationRefused(f"there is no step {step!r}")
    manager = boto3.client("secretsmanager")
    stages = _stages(manager, secret)
    if "AWSCURRENT" in stages.get(token, []):
        LOG.info("%s: version %s is current already", step, token)
        return
    if step != "createSecret" and "AWSPENDING" not in stages.get(token, []):
        raise RotationRefused(f"version {token} is not pending")
    STEPS[step](manager, secret, token)
    LOG.info("%s: done for version %s", step, token)


def create(manager: Any, secret: str, token: str) -> None:
    """Draws a password for the user whose turn it is; keeps the one of an earlier try."""
    current = _login(manager, secret, stage="AWSCURRENT")
    try:
        _login(manager, secret, stage="AWSPENDING", version=token)
        return
    except manager.exceptions.ResourceNotFoundException:
        pass
    if current["username"] not in ALTERNATES:
        raise RotationRefused(f"{current['username']!r} is none of the users that take turns")
    login = {"username": ALTERNATES[current["username"]], "password": secrets.token_urlsafe(PASSWORD_BYTES)}
    manager.put_secret_value(
        SecretId=secret, ClientRequestToken=token, SecretString=json.dumps(login), VersionStages=["AWSPENDING"]
    )


def set_password(manager: Any, secret: str, token: str) -> None:
    """Gives the pending user its password, as migrator. The user in use is never touched."""
    pending = _login(manager, secret, stage="AWSPENDING", version=token)
    current = _login(manager, secret, stage="AWSCURRENT")
    if ALTERNATES.get(current["username"]) != pending["username"]:
        raise RotationRefused(f"it is not the turn of {pending['username']!r}")
    migrator = _login(manager, os.environ["MIGRATOR_SECRET_ARN"], stage="AWSCURRENT")
    with database.connect(migrator["username"], migrator["password"]) as connection:
        database.set_login(connection, pending["username"], pending["password"])


def test(manager: Any, secret: str, token: str) -> None:
    """Logs in with the pending login and looks whether it has url-service's rights."""
    pending = _login(manager, secret, stage="AWSPENDING", version=token)
    with database.connect(pending["username"], pending["password"]) as connection:
        database.require_membership(connection)


def finish(manager: Any, secret: str, token: str) -> None:
    """Makes the pending version the current one. The former user works until its next turn."""
    current = next(version for version, stages in _stages(manager, secret).items() if "AWSCURRENT" in stages)
    manager.update_secret_version_stage(
        SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
    )


STEPS = {"createSecret": create, "setSecret": set_password, "testSecret": test, "finishSecret": finish}


def _stages(manager: Any, secret: str) -> dict[str, list[str]]:
    return manager.describe_secret(SecretId=secret).get("VersionIdsToStages", {})


def _login(manager: Any, secret: str, stage: str, version: str | None = None) -> dict[str, str]:
    which = {"VersionStage": stage} | ({"VersionId": version} if version else {})
    return json.loads(manager.get_secret_value(SecretId=secret, **which)["SecretString"])
