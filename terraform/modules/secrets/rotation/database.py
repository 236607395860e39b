"""The database as the rotation function sees it: verified TLS, and three statements."""

import os
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pg8000.native
import scram

#: The group role that holds the privileges; services/migrate makes it.
GROUP = "url_service"
#: RDS's authorities, put beside this file by `build`.
AUTHORITIES = Path(__file__).with_name("database-ca.pem")
#: Seconds for a connection and for a statement.
LIMIT = 10

Connection = pg8000.native.Connection


@contextmanager
def connect(user: str, password: str) -> Iterator[Connection]:
    """A connection over TLS to the server that the environment names, and to no other (`verify-full`)."""
    context = ssl.create_default_context(cafile=str(AUTHORITIES))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    connection = Connection(
        user,
        host=os.environ["PGHOST"],
        port=int(os.environ["PGPORT"]),
        database=os.environ["PGDATABASE"],
        password=password,
        ssl_context=context,
        timeout=LIMIT,
        application_name="rotation",
    )
    with closing(connection):
        yield connection


def set_login(connection: Connection, user: str, password: str) -> None:
    """Creates `user` where it is missing, makes it a member of the group and sets its password.

    The server gets a SCRAM verifier, never the password: DDL is logged.
    """
    name = pg8000.native.identifier(user)
    if not connection.run("SELECT FROM pg_catalog.pg_roles WHERE rolname = :user", user=user):
        connection.run(f"CREATE ROLE {name} NOLOGIN")
    connection.run(f"GRANT {pg8000.native.identifier(GROUP)} TO {name}")
    connection.run(f"ALTER ROLE {name} LOGIN PASSWORD {pg8000.native.literal(scram.verifier(password))}")


def require_membership(connection: Connection) -> None:
    """Fails unless who is logged in has the group's privileges."""
    [[member]] = connection.run("SELECT pg_catalog.pg_has_role(:group, 'USAGE')", group=GROUP)
    if not member:
        raise PermissionError(f"the login is no member of {GROUP}")
