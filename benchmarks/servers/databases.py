"""Empty databases that are deleted at the end of their block."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Table, create_engine, func, select

from database.migrations import prepare, upgrade
from database.transactions import Database
from jirafe_api.storage.tables import EVENTS

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    """Yield the URL of a file that does not exist yet."""
    yield f"sqlite:///{folder}/{secrets.token_hex(6)}.db"


@contextmanager
def postgres(_folder: Path) -> Iterator[str]:
    """Yield the URL of a new database on the server in TEST_POSTGRES_URL."""
    name = f"bench_{secrets.token_hex(6)}"
    with psycopg.connect(POSTGRES, autocommit=True, connect_timeout=5) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            base = POSTGRES.rpartition("/")[0].partition("://")[2]
            yield f"postgresql+psycopg://{base}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


KINDS = {"SQLite": sqlite, "Postgres": postgres}


def can_reach_postgres() -> bool:
    """Return whether that server answers."""
    try:
        psycopg.connect(POSTGRES, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def rows(url: str, table: Table) -> int:
    """Return how many rows a table has."""
    engine = create_engine(url)
    with engine.connect() as connection:
        count = connection.execute(select(func.count()).select_from(table)).scalar_one()
    engine.dispose()
    return count


def numbers(url: str, kind: str) -> int:
    """Return the number of different carts or orders with events."""
    engine = create_engine(url)
    query = select(func.count(EVENTS.c.event_id.distinct())).where(EVENTS.c.kind == kind)
    with engine.connect() as connection:
        count = connection.execute(query).scalar_one()
    engine.dispose()
    return count


def make(url: str, table: Table) -> None:
    """Make a table."""
    engine = create_engine(url)
    table.create(engine)
    engine.dispose()


def migrate(url: str) -> None:
    """Make the tables of the service."""
    database = Database(url, prepare)
    with database.exclusive() as connection:
        upgrade(connection)
    database.close()
