"""The schema of all tables and its history."""

import logging
import threading
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    String,
    Table,
    column,
    inspect,
    select,
    table,
    text,
)

from database.errors import SchemaError
from database.tables import METADATA

_FOLDER = Path(__file__).parent

REVISION = max(file.name[:4] for file in _FOLDER.glob("versions/[0-9]*.py"))
"""The newest migration, which a database needs."""

VERSION_TABLE = "jirafe_schema_version"

_EARLIER_VERSION_TABLE = "endpoint_schema"

VERSIONS = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32)))

_OUTDATED = 'The database\'s schema is outdated: run "flask migrate".'
_NEWER = "The database's schema is newer than this version of the service."

# Alembic's INFO messages are for authors of migrations.
logging.getLogger("alembic").setLevel(logging.WARNING)

# Alembic keeps its context in module globals.
_one_at_a_time = threading.Lock()


def prepare(connection: Connection) -> None:
    """Migrate SQLite, but only check Postgres, where the service may not have the right.

    Raise SchemaError if the tables are not those that this version of the service needs.
    """
    if connection.dialect.name == "sqlite" and revision(connection) != REVISION:
        upgrade(connection)
    check(connection)


def check(connection: Connection) -> None:
    """Raise SchemaError unless the tables are those that this version of the service needs."""
    if revision(connection) != REVISION:
        raise SchemaError(_NEWER if is_newer(connection) else _OUTDATED)
    if missing := _missing(connection):
        raise SchemaError(
            f"The database's schema is incomplete, {', '.join(missing)} missing: "
            "restore the database from a backup."
        )


def upgrade(connection: Connection) -> None:
    """Run the missing migrations in the connection's transaction.

    Raise SchemaError if the database is newer than this version of the service.
    """
    # Imported late, because Alembic costs 170 ms and 11 MB and is rarely needed.
    from alembic import command
    from alembic.config import Config

    if is_newer(connection):
        raise SchemaError(_NEWER)
    if inspect(connection).has_table(_EARLIER_VERSION_TABLE):
        connection.execute(text(f"ALTER TABLE {_EARLIER_VERSION_TABLE} RENAME TO {VERSION_TABLE}"))
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _one_at_a_time:
        command.upgrade(config, "head")


def revision(connection: Connection) -> str | None:
    """Return the last migration applied to the database, or None."""
    inspector = inspect(connection)
    for name in (VERSION_TABLE, _EARLIER_VERSION_TABLE):
        if inspector.has_table(name):
            versions = table(name, column("version_num", String))
            return connection.scalar(select(versions.c.version_num))
    return None


def is_newer(connection: Connection) -> bool:
    """Return whether the database has migrations that this version of the service does not."""
    return (revision(connection) or "") > REVISION


def _missing(connection: Connection) -> list[str]:
    """Return the tables, columns and indexes that do not exist, such as `jirafe_events.body`."""
    inspector = inspect(connection)
    names = list(METADATA.tables)
    columns = inspector.get_multi_columns(filter_names=names)
    indexes = inspector.get_multi_indexes(filter_names=names)
    missing = []
    for name, known in METADATA.tables.items():
        found = {
            *(f"{name}.{one['name']}" for one in columns.get((None, name), [])),
            *(one["name"] for one in indexes.get((None, name), [])),
        }
        needed = [f"{name}.{one.name}" for one in known.columns]
        needed += sorted(str(one.name) for one in known.indexes)
        missing += [one for one in needed if one not in found]
    return missing
