from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

from analytics.tables import METADATA
from database.transactions import Database
from tests.analytics.fixtures import TABLES


def migrate(connection):
    migration = import_module("database.migrations.versions.0010_analytics")
    with Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()


@pytest.fixture
def migrated(database_url):
    database = Database(database_url, migrate)
    yield database
    database.close()


def test_the_migration_makes_the_tables_that_the_code_uses(migrated):
    def is_ours(name, kind, _):
        return kind != "table" or name.startswith("analytics_")

    def is_ours_too(_object, name, kind, *_):
        return is_ours(name, kind, None)

    options = {"include_name": is_ours, "include_object": is_ours_too}
    with migrated.reading() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts=options), METADATA
        )

    assert differences == []


def test_no_table_has_a_column_for_an_address_or_a_name_of_a_person():
    columns = {column.name for table in TABLES for column in table.c}

    assert {name for name in columns if "mail" in name or "phone" in name} == set()
    assert {name for name in columns if "customer" in name} == {"customer", "customer_salt"}
