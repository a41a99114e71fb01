import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text, update

from database import migrations
from database.errors import DatabaseUnavailableError
from database.migrations import REVISION, VERSION_TABLE, VERSIONS
from jirafe_endpoint.state.claims import Claim
from jirafe_endpoint.state.tables import METADATA
from tests.state.fixtures import MESSAGE, ORDER, SITE, make_database, make_state

OUTDATED = 'The database\'s schema is outdated: run "flask migrate".'
NEWER = "The database's schema is newer than this version of the service."


@pytest.fixture
def database(database_url):
    database = make_database(database_url)
    yield database
    database.close()


def upgrade(database):
    with database.exclusive() as connection:
        migrations.upgrade(connection)


def set_revision(database, revision):
    with database.exclusive() as connection:
        connection.execute(update(VERSIONS), {"version_num": revision})


def test_the_migrations_make_the_tables_that_the_code_uses(database):
    upgrade(database)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        differences = compare_metadata(context, METADATA)
        made = inspect(connection).get_table_names()

    assert differences == []
    assert set(made) == {*METADATA.tables, VERSION_TABLE}


def test_all_tables_are_told_apart_by_their_names():
    assert {name.partition("_")[0] for name in (*METADATA.tables, VERSION_TABLE)} == {"endpoint"}


def test_the_newest_migration_is_what_the_code_needs():
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_a_second_upgrade_changes_nothing(database):
    for _ in range(2):
        upgrade(database)

    with database.reading() as connection:
        assert migrations.revision(connection) == REVISION


def test_an_sqlite_file_is_brought_up_to_date_at_the_first_use(sqlite_url):
    state = make_state(sqlite_url)

    assert isinstance(state.claims.claim(SITE, MESSAGE, [ORDER]), Claim)
    state.database.close()


def test_a_postgres_without_tables_says_what_to_run_until_that_was_run(postgres_url):
    state = make_state(postgres_url)
    for _ in range(2):
        with pytest.raises(DatabaseUnavailableError) as raised:
            state.claims.claim(SITE, MESSAGE, [ORDER])
        assert str(raised.value) == OUTDATED
    upgrade(state.database)

    assert isinstance(state.claims.claim(SITE, MESSAGE, [ORDER]), Claim)
    state.database.close()


def test_an_outdated_postgres_says_so(postgres_url):
    database = make_database(postgres_url)
    upgrade(database)
    set_revision(database, "0000")
    with pytest.raises(DatabaseUnavailableError) as raised:
        database.prepare()

    assert str(raised.value) == OUTDATED
    database.close()


def test_a_newer_database_is_left_alone(database):
    upgrade(database)
    set_revision(database, "9999")
    for use in (database.prepare, lambda: upgrade(database)):
        with pytest.raises(DatabaseUnavailableError) as raised:
            use()
        assert str(raised.value) == NEWER


def test_a_migration_that_fails_leaves_nothing_behind(sqlite_url):
    database = make_database(sqlite_url)
    with database.exclusive() as connection:
        connection.execute(text("CREATE TABLE endpoint_leases (something TEXT)"))
    with pytest.raises(DatabaseUnavailableError, match="already exists"):
        database.prepare()
    with database.exclusive() as connection:
        assert inspect(connection).get_table_names() == ["endpoint_leases"]
        connection.execute(text("DROP TABLE endpoint_leases"))
    database.prepare()
    database.close()


SCRIPT = """
import logging, sys
logging.basicConfig(level=logging.INFO)
from database.transactions import Database
from jirafe_endpoint.state import prepare
Database("sqlite:///state.db", prepare).prepare()
print("alembic" in sys.modules)
"""


def test_migrations_run_from_any_folder_and_say_nothing_and_only_where_needed(tmp_path):
    root = str(Path(__file__).parents[2])

    def run():
        return subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            check=True,
        )

    assert [(done.stdout, done.stderr) for done in (run(), run())] == [
        ("True\n", ""),
        ("False\n", ""),
    ]
