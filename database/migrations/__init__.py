"""How the endpoint's tables come to be what they are, step by step."""

import logging
import threading
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from database.errors import SchemaError

REVISION = "0010"
"""The newest migration: what a database has to be at."""

VERSION_TABLE = "endpoint_schema"

VERSIONS = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32)))

_OUTDATED = 'The database\'s schema is outdated: run "flask migrate".'
_NEWER = "The database's schema is newer than this version of the service."

# What alembic says at INFO is for those who write migrations.
logging.getLogger("alembic").setLevel(logging.WARNING)

# Alembic keeps what it works on in its modules.
_one_at_a_time = threading.Lock()


def prepare(connection: Connection) -> None:
    """Bring an SQLite database up to date; only check another.

    Raises SchemaError where it is not what this version of the service needs.
    """
    if connection.dialect.name != "sqlite":
        check(connection)
    elif revision(connection) != REVISION:
        upgrade(connection)


def check(connection: Connection) -> None:
    """Raise SchemaError where the database is not what this version of the service needs."""
    if revision(connection) != REVISION:
        raise SchemaError(_NEWER if is_newer(connection) else _OUTDATED)


def upgrade(connection: Connection) -> None:
    """Bring a database up to date, in the connection's transaction.

    Raises SchemaError where it is newer than this version of the service.
    """
    # Alembic costs every process 170 ms and 11 MB, and one in thousands needs it.
    from alembic import command
    from alembic.config import Config

    if is_newer(connection):
        raise SchemaError(_NEWER)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _one_at_a_time:
        command.upgrade(config, "head")


def revision(connection: Connection) -> str | None:
    """Return the newest migration that the database has had, None where it had none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(select(VERSIONS.c.version_num))


def is_newer(connection: Connection) -> bool:
    """Tell whether the database had migrations that this version of the service lacks."""
    return (revision(connection) or "") > REVISION
