"""Databases and APIs for the tests: SQLite files, and a Postgres database that each run makes."""

import os
import secrets
from contextlib import closing
from urllib.parse import quote

import psycopg
import pytest
from alembic import command
from sqlalchemy import event, inspect

from config import load
from database.migrations import VERSION_TABLE, upgrade
from database.transactions import Database
from jirafe_api import create_api
from tests.api.events import SITE, TOKEN, TickingClock

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


@pytest.fixture(scope="session", autouse=True)
def _quick_migrations():
    """Migrate empty databases by repeating what the run's first migration to a revision executed.

    Alembic takes a third of a second each time. Databases with tables are migrated by it.
    """
    migrate, written = command.upgrade, {}

    def upgrade(config, revision):
        connection = config.attributes["connection"]
        migration = connection.dialect.name, revision
        if inspect(connection).get_table_names():
            migrate(config, revision)
        elif migration in written:
            for statement, parameters in written[migration]:
                connection.exec_driver_sql(statement, parameters)
        else:
            statements = []

            def record(_connection, _cursor, statement, parameters, _context, _many):
                statements.append((statement, parameters))

            event.listen(connection, "before_cursor_execute", record)
            migrate(config, revision)
            event.remove(connection, "before_cursor_execute", record)
            reads = ("SELECT", "PRAGMA", "SHOW")
            written[migration] = [
                one for one in statements if not one[0].lstrip().startswith(reads)
            ]

    command.upgrade = upgrade
    yield
    command.upgrade = migrate


@pytest.fixture(scope="session")
def postgres_database():
    """Yield the URL of a Postgres database that is dropped after the run."""
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        pytest.skip(f"Postgres cannot be reached; set TEST_POSTGRES_URL. {error}")
    name = f"test_{secrets.token_hex(6)}"
    with closing(server):
        server.execute(f"CREATE DATABASE {name}")
        # A commit that waits for the disk takes ten times as long. Crashes have tests of their own.
        server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        yield POSTGRES.rpartition("/")[0] + f"/{name}"
        # Not waited for: a checkpoint of the whole server comes first, which may take a minute.
        server.pgconn.send_query(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def _migrated_postgres(postgres_database):
    """Return the URL of a database with tables."""
    database = Database(load(DATABASE_URL=postgres_database).database_url, lambda connection: None)
    with database.exclusive() as connection:
        upgrade(connection)
    database.close()
    return postgres_database


_EMPTY_ALL_TABLES = f"""
DO $$
DECLARE
    one record;
    has_rows boolean;
BEGIN
    PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
    FOR one IN SELECT tablename AS name FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> '{VERSION_TABLE}'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one.name) INTO has_rows;
        IF has_rows THEN EXECUTE format('DELETE FROM %I', one.name); END IF;
    END LOOP;
    FOR one IN SELECT sequencename AS name FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL
    LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', one.name); END LOOP;
END $$
"""


@pytest.fixture
def postgres_url(_migrated_postgres):
    """Return the URL of a Postgres database with empty tables, as after the release step.

    The tests of a process use the same one in turn: making tables takes most of a second. Tests
    that change tables need `empty_postgres_url`.
    """
    with psycopg.connect(_migrated_postgres, autocommit=True) as connection:
        connection.execute(_EMPTY_ALL_TABLES)
    return _migrated_postgres


@pytest.fixture
def empty_postgres_url(postgres_database):
    """Return the URL of a Postgres schema without tables."""
    schema = f"s{secrets.token_hex(6)}"
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return f"{postgres_database}?options={quote(f'-csearch_path={schema}')}"


@pytest.fixture
def sqlite_url(tmp_path):
    """Return the URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path}/jirafe.db"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request):
    """Return the URL of a database of each kind in turn, which is ready for the service to start.

    SQLite gets its tables at the first use.
    """
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(params=["sqlite", "empty_postgres"])
def empty_database_url(request):
    """Return the URL of a database without tables, of each kind in turn."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def make_api():
    """Yield a function that calls create_api with one site and a ticking clock."""
    made = []

    def make(url, **settings):
        settings = {"JIRAFE_API_SITES": f"{SITE}:{TOKEN}"} | settings
        made.append(create_api(now=TickingClock(), DATABASE_URL=url, **settings))
        return made[-1]

    yield make
    for app in made:
        app.extensions["jirafe_api"].store.close()


@pytest.fixture
def api(make_api, database_url):
    """Return an API on each kind of database in turn."""
    return make_api(database_url)


@pytest.fixture
def client(api):
    """Return a client of an API on each kind of database in turn."""
    return api.test_client()
