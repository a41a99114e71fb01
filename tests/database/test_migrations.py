"""The schema's history: fresh databases, upgrades of earlier ones, and refused ones."""

import os
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path
from random import Random

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text, update

import jirafe_endpoint.shops.tables
import jirafe_endpoint.state.tables  # noqa: F401 - part of the metadata
from analytics.rollup_tables import CHANGE_DAYS, CUSTOMER_DAYS, SEARCH_DAYS
from analytics.rollups.months import MONTHS
from analytics.rollups.restate import ROLLUPS
from analytics.tables import CARTS, ORDER_ITEM_CATEGORIES, VISIT_PRODUCTS, VISITS
from config import load
from database import migrations
from database.errors import DatabaseUnavailableError, SchemaError
from database.migrations import REVISION, VERSION_TABLE, VERSIONS
from database.tables import METADATA
from database.transactions import Database
from jirafe_api.storage.events import EventFilter
from jirafe_api.storage.personal_data import Person
from jirafe_api.storage.sites import SCOPES, Sites, Token
from jirafe_api.storage.store import Store, append, rows_of
from tests.analytics.fixtures import at, cart, order, take_in, visit
from tests.analytics.made_up.histories import ZONES, made
from tests.analytics.made_up.shop import Page, Shop, events_of
from tests.api.events import (
    ACCEPTED,
    CART,
    CATEGORY,
    CUSTOMER,
    PAGEVIEW,
    TickingClock,
)
from tests.state.fixtures import make_database

DUMPS = Path(__file__).parent / "dumps"
OUTDATED = 'The database\'s schema is outdated: run "flask migrate".'
NEWER = "The database's schema is newer than this version of the service."


@pytest.fixture
def database(empty_database_url):
    database = make_database(empty_database_url)
    yield database
    database.close()


def upgrade(database):
    with database.exclusive() as connection:
        migrations.upgrade(connection)


def set_revision(database, revision):
    with database.exclusive() as connection:
        connection.execute(update(VERSIONS), {"version_num": revision})


def load_dump(url):
    """Fill the database with what an earlier version stored, at revision 0001."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.executescript((DUMPS / "revision_0001_sqlite.sql").read_text())
        connection.close()
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((DUMPS / "revision_0001_postgres.sql").read_text())


def test_the_migrations_create_the_tables_that_the_code_uses(database):
    upgrade(database)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        differences = compare_metadata(context, METADATA)
        made = inspect(connection).get_table_names()

    assert differences == []
    assert set(made) == {*METADATA.tables, VERSION_TABLE}


def test_every_table_is_named_after_the_package_that_owns_it():
    prefixes = {name.partition("_")[0] for name in (*METADATA.tables, VERSION_TABLE)}
    assert prefixes == {"analytics", "endpoint", "jirafe"}


def test_the_newest_migration_is_the_one_that_the_code_needs():
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_a_second_upgrade_changes_nothing(database):
    for _ in range(2):
        upgrade(database)

    with database.reading() as connection:
        assert migrations.revision(connection) == REVISION


def test_an_sqlite_file_is_migrated_at_the_first_use(sqlite_url):
    database = make_database(sqlite_url)
    with database.reading() as connection:
        assert migrations.revision(connection) == REVISION
    database.close()


def test_an_empty_postgres_is_refused_until_it_is_migrated(empty_postgres_url):
    database = make_database(empty_postgres_url)
    for _ in range(2):
        with pytest.raises(SchemaError) as raised:
            database.prepare()
        assert str(raised.value) == OUTDATED
    upgrade(database)

    database.prepare()
    database.close()


def create_table(database):
    with database.exclusive() as connection:
        connection.execute(text("CREATE TABLE other (id int)"))


def test_a_migrated_postgres_is_used_without_the_right_to_create_tables(empty_postgres_url):
    owner = make_database(empty_postgres_url)
    upgrade(owner)
    with owner.exclusive() as connection:
        schema = connection.scalar(text("SELECT current_schema()"))
        connection.execute(text(f"DROP ROLE IF EXISTS {schema}"))
        connection.execute(text(f"CREATE ROLE {schema}"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {schema}"))
        for kind in ("TABLES", "SEQUENCES"):
            connection.execute(text(f"GRANT ALL ON ALL {kind} IN SCHEMA {schema} TO {schema}"))
    url = load(DATABASE_URL=f"{empty_postgres_url}%20-crole%3D{schema}").database_url
    store = Store(url, TickingClock())
    store.add("1", [("category", CATEGORY)])

    assert [stored.event for stored in store.events()] == [CATEGORY]
    with pytest.raises(DatabaseUnavailableError, match="permission denied"):
        create_table(store.database)
    store.close()
    with owner.exclusive() as connection:
        connection.execute(text(f"DROP OWNED BY {schema}"))
        connection.execute(text(f"DROP ROLE {schema}"))
    owner.close()


def test_an_outdated_postgres_is_refused(empty_postgres_url):
    database = make_database(empty_postgres_url)
    upgrade(database)
    set_revision(database, "0000")
    with pytest.raises(SchemaError) as raised:
        database.prepare()

    assert str(raised.value) == OUTDATED
    database.close()


def test_a_newer_database_is_left_alone(database):
    upgrade(database)
    set_revision(database, "9999")
    for use in (database.prepare, lambda: upgrade(database)):
        with pytest.raises(SchemaError) as raised:
            use()
        assert str(raised.value) == NEWER


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("ALTER TABLE jirafe_events DROP COLUMN received_at", "jirafe_events.received_at"),
        ("DROP INDEX jirafe_events_listing", "jirafe_events_listing"),
        (
            "DROP TABLE jirafe_tokens",
            ", ".join(
                f"jirafe_tokens.{name}"
                for name in ("id", "token_hash", "site", "label", "scopes", "created_at")
            ),
        ),
    ],
)
def test_an_incomplete_database_names_what_is_missing(database, statement, missing):
    upgrade(database)
    with database.exclusive() as connection:
        if "COLUMN" in statement:
            for index in ("by_arrival", "tracked_by_age"):
                connection.execute(text(f"DROP INDEX jirafe_events_{index}"))
                missing += f", jirafe_events_{index}"
        connection.execute(text(statement))
    for check in (migrations.check, migrations.prepare):
        with database.exclusive() as connection, pytest.raises(SchemaError) as raised:
            check(connection)
        assert str(raised.value) == (
            f"The database's schema is incomplete, {missing} missing: "
            "restore the database from a backup."
        )


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


def test_a_partly_filled_database_of_the_api_alone_is_brought_up_to_date(sqlite_url):
    """The API created its tables itself once, without endpoint and history."""
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    script = (DUMPS / "revision_0001_sqlite.sql").read_text()
    connection.executescript(script)
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE name LIKE 'endpoint%' AND type = 'table'"
    ).fetchall():
        connection.execute(f"DROP TABLE {name}")
    connection.commit()
    connection.close()
    store = Store(sqlite_url, TickingClock())

    assert store.count(EventFilter()) == 37
    store.close()


@pytest.fixture
def earlier_store(empty_database_url):
    """Yield a migrated store with the events of an earlier version."""
    load_dump(empty_database_url)
    url = load(DATABASE_URL=empty_database_url).database_url
    with_migrations = Database(url, lambda connection: None)
    upgrade(with_migrations)
    with_migrations.close()
    store = Store(url, TickingClock())
    yield store
    store.close()


def test_an_upgrade_loses_no_event_and_duplicates_none(earlier_store):
    before = [(stored.seq, stored.kind, stored.id) for stored in earlier_store.events()]
    bodies = {stored.seq: stored.event for stored in earlier_store.events()}
    earlier_store.add("demo-shop", [("cart", CART), ("customer", CUSTOMER), ("pageview", PAGEVIEW)])
    after = [(stored.seq, stored.kind, stored.id) for stored in earlier_store.events()]

    assert [seq for seq, _, _ in before] == list(range(1, 38))
    assert before[0] == (1, "cart", "R514820377")
    assert (bodies[10], bodies[21], bodies[14]) == (CART, CART, CUSTOMER)
    assert bodies[28]["name"] == "a\ufffdb\ufffd"
    assert after == before


def test_after_an_upgrade_new_events_follow_the_old_ones(earlier_store):
    earlier_store.add("demo-shop", [("category", CATEGORY | {"id": "new"})])
    found, _ = earlier_store.feed(after=37, limit=10)

    assert [stored.id for stored in found] == ["new"]
    assert found[0].seq > 37


def test_an_upgrade_corrects_which_states_are_the_latest(earlier_store):
    carts = earlier_store.latest(EventFilter("demo-shop", "cart", version=1), limit=9).events
    orders = earlier_store.latest(EventFilter("demo-shop", "order", version=2), limit=9).events

    without_id = [cart.event for cart in carts if not cart.id]
    assert sorted(cart["total"] for cart in without_id) == [3, 35.0]
    assert {order.id: order.status for order in orders} == {
        "R123": "cancelled",
        "R514820377": "cancelled",
        "R9": "accepted",
    }


def test_after_an_upgrade_people_and_tokens_are_known(earlier_store):
    about = earlier_store.events_about("demo-shop", Person(emails={"ann@example.com"}))
    sites = Sites([], earlier_store)

    assert {(stored.kind, stored.id) for stored in about} >= {
        ("cart", "R123"),
        ("order", "R123"),
        ("customer", "c-7"),
    }
    assert sites.all() == [
        Token(1, "demo-shop", "", SCOPES, "2026-03-01T12:00:24.000Z"),
        Token(2, "other-shop", "", SCOPES, "2026-03-01T12:00:25.000Z"),
    ]
    assert sites.opens("old-token-of-demo", "demo-shop")


def test_an_upgraded_database_has_the_tables_that_the_code_uses(earlier_store):
    with earlier_store.database.reading() as connection:
        migrations.check(connection)
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []


def test_an_upgrade_from_0008_loses_nothing_and_duplicates_nothing(empty_database_url):
    url = load(DATABASE_URL=empty_database_url).database_url
    earlier, store = Database(url, lambda connection: None), Store(url, TickingClock())
    with earlier.exclusive() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
    events = [("cart", CART), ("customer", CUSTOMER), ("pageview", PAGEVIEW), ("order", ACCEPTED)]
    earlier.group_commit(append, rows_of("demo-shop", events, store.now()))
    about = {CART["id"], CUSTOMER["id"], ACCEPTED["order_number"]}

    upgrade(earlier)
    store.add("demo-shop", [*events, ("category", CATEGORY)])

    found, _ = store.feed(after=0, limit=9, wanted=EventFilter("demo-shop"))
    people = store.events_about("demo-shop", Person(emails={CUSTOMER["email"]}))
    latest = store.latest(EventFilter("demo-shop", "order"), limit=9).events
    assert [(one.kind, one.event) for one in found] == [*events, ("category", CATEGORY)]
    assert {one.id for one in people} >= about
    assert [order.event for order in latest] == [ACCEPTED]
    earlier.close()
    store.close()


CLUSTERED = (
    *("visit_products", "order_item_categories"),
    *("visit_days", "order_days", "cart_days", "search_days"),
    *("product_visit_days", "product_sale_days"),
)
UNDONE = {
    "0020": [
        "DROP INDEX analytics_order_items_by_id",
        "DROP INDEX analytics_visit_products_by_id",
        "DROP INDEX analytics_carts_by_total",
        "CREATE INDEX analytics_carts_by_total ON analytics_carts (site)",
    ],
    "0019": [
        "DROP TABLE analytics_change_days",
        "DROP TABLE analytics_search_months",
        "DROP TABLE analytics_product_visit_months",
        "DROP TABLE analytics_product_sale_months",
        "CREATE INDEX analytics_product_visit_days_by_code ON analytics_product_visit_days (site)",
        "CREATE INDEX analytics_product_sale_days_by_code ON analytics_product_sale_days (site)",
        "DELETE FROM analytics_product_sale_days WHERE kind = 'all'",
    ],
    "0018": [],
    "0016": [
        "DROP INDEX analytics_carts_by_total",
        "ALTER TABLE analytics_visits DROP COLUMN has_cart",
        "ALTER TABLE analytics_visits DROP COLUMN has_order",
        "ALTER TABLE analytics_carts DROP COLUMN has_order",
    ],
    "0015": ["DROP TABLE analytics_customer_days"],
    "0014": ["DROP TABLE analytics_search_days"],
}
"""The statements that take back a revision; SQLite's rowids are given back besides."""


def undo(connection, revision):
    """Take back what the revisions after this one added."""
    for own, statements in UNDONE.items():
        for statement in statements if revision < own else ():
            connection.execute(text(statement))
        if own == "0018" > revision and connection.dialect.name == "sqlite":
            for table in CLUSTERED:
                give_rowids(connection, f"analytics_{table}")
    connection.execute(update(VERSIONS), {"version_num": revision})


def give_rowids(connection, table):
    query = text("SELECT sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL")
    create, *indexes = connection.scalars(query, {"table": table}).all()
    connection.execute(text(f"ALTER TABLE {table} RENAME TO old"))
    connection.execute(text(create.removesuffix("WITHOUT ROWID")))
    connection.execute(text(f"INSERT INTO {table} SELECT * FROM old"))
    connection.execute(text("DROP TABLE old"))
    for index in indexes:
        connection.execute(text(index))


def test_an_upgrade_from_0013_sums_up_the_stored_searches(empty_database_url):
    current = Database(load(DATABASE_URL=empty_database_url).database_url, lambda connection: None)
    upgrade(current)
    pages = [Page(at(6, 1), "search", term=term, results=len(term) - 3) for term in ("tea", "mugs")]
    shop = Shop([order(visit="v1")], [], [visit("v1", None, *pages), visit("v2", None, *pages)])
    take_in(current, events_of(shop))
    with current.writing() as connection:
        undo(connection, "0013")

    upgrade(current)

    with current.reading() as connection:
        found = connection.execute(select(SEARCH_DAYS).order_by(SEARCH_DAYS.c.term)).all()
    current.close()
    day = date(2026, 6, 1)
    assert [tuple(row) for row in found] == [
        ("shop", day, "mugs", 2, 0, 1),
        ("shop", day, "tea", 2, 2, 1),
    ]


def test_an_upgrade_from_0014_sums_up_the_stored_customers(empty_database_url):
    current = Database(load(DATABASE_URL=empty_database_url).database_url, lambda connection: None)
    upgrade(current)
    bob = {"email": "bob@example.com"}
    orders = [
        order("R1", at(6, 1), "20"),
        order("R2", at(6, 3), "30"),
        order("R3", at(6, 3), "40"),
        order("R4", at(6, 4), "10", "cancelled"),
        order("R5", at(6, 5), "7", **bob),
        order("R6", at(6, 2), "900", currency="JPY", **bob),
        order("R7", at(6, 5), "5", email="cid@example.com"),
        order("R8", at(6, 5), "6", email=""),
    ]
    take_in(current, events_of(Shop(orders)))
    query = select(CUSTOMER_DAYS).order_by(*CUSTOMER_DAYS.primary_key)
    with current.writing() as connection:
        folded = connection.execute(query).all()
        undo(connection, "0014")

    upgrade(current)

    with current.reading() as connection:
        found = connection.execute(query).all()
    current.close()
    first, second, third, fifth = (date(2026, 6, day) for day in (1, 2, 3, 5))
    assert [tuple(row) for row in found] == [
        ("shop", "EUR", first, True, first, 1, 0, 9000),
        ("shop", "EUR", third, False, first, 1, 0, 9000),
        ("shop", "EUR", fifth, True, second, 1, 0, 700),
        ("shop", "EUR", fifth, True, fifth, 1, 1, 500),
        ("shop", "JPY", second, True, second, 1, 0, 900),
    ]
    assert found == folded


def test_an_upgrade_from_0015_knows_the_carts_and_orders_of_visits(empty_database_url):
    current = Database(load(DATABASE_URL=empty_database_url).database_url, lambda connection: None)
    upgrade(current)
    orders = [
        order("R1", visit="bought", cart="c1"),
        order("R2", at(6, 2), step="cancelled", visit="cancelled", cart="c2"),
    ]
    carts = [cart("c1", visit="bought"), cart("c2", visit="cancelled"), cart("c3", visit="left")]
    visits = [visit(its) for its in ("bought", "cancelled", "left", "looked")]
    take_in(current, events_of(Shop(orders, carts, visits)))
    flags = (
        select(VISITS.c.visit_id, VISITS.c.has_cart, VISITS.c.has_order),
        select(CARTS.c.cart_id, CARTS.c.has_order),
    )
    with current.writing() as connection:
        folded = [set(map(tuple, connection.execute(query))) for query in flags]
        undo(connection, "0015")

    upgrade(current)

    with current.reading() as connection:
        found = [set(map(tuple, connection.execute(query))) for query in flags]
    current.close()
    assert found == [
        {
            ("bought", True, True),
            ("cancelled", True, False),
            ("left", True, False),
            ("looked", False, False),
        },
        {("c1", True), ("c2", True), ("c3", False)},
    ]
    assert found == folded


def test_an_upgrade_from_0016_writes_moments_without_an_offset(tmp_path):
    current = Database(f"sqlite:///{tmp_path}/state.db", lambda connection: None)
    upgrade(current)
    take_in(current, events_of(Shop([order(), order("R2", step="cancelled")], [cart()], [visit()])))
    moments = text(
        "SELECT ordered_at, cancelled_at FROM analytics_orders UNION ALL "
        "SELECT changed_at, '' FROM analytics_order_changes UNION ALL "
        "SELECT created_at, changed_at FROM analytics_carts UNION ALL "
        "SELECT started_at, '' FROM analytics_visits"
    )
    with current.writing() as connection:
        folded = connection.execute(moments).all()
        for change in (
            "orders SET ordered_at = '2026-06-01 12:00:00+00:00'",
            "orders SET cancelled_at = cancelled_at || '+00:00' WHERE cancelled_at IS NOT NULL",
            "order_changes SET changed_at = changed_at || '+00:00'",
            "carts SET changed_at = '2026-06-01 12:00:00+00:00'",
            "visits SET started_at = '2026-06-01 12:00:00+00:00'",
        ):
            connection.execute(text(f"UPDATE analytics_{change}"))
        undo(connection, "0016")

    upgrade(current)

    with current.reading() as connection:
        found = connection.execute(moments).all()
    current.close()
    assert ("2026-06-01 12:00:00.000000", None) in folded
    assert found == folded


@pytest.mark.parametrize("revision", ["0017", "0018"])
def test_an_upgrade_sums_up_months_and_changes(empty_database_url, revision):
    current = Database(load(DATABASE_URL=empty_database_url).database_url, lambda connection: None)
    upgrade(current)
    take_in(current, events_of(made(Random(1), ZONES["America/Los_Angeles"], counts=(40, 20, 20))))
    folded = rows_of_rollups(current)
    with current.writing() as connection:
        undo(connection, revision)

    upgrade(current)

    found = rows_of_rollups(current)
    with current.reading() as connection:
        tables = inspect(connection).get_table_names()
    current.close()
    assert min(len(rows) for rows in folded.values()) > 0
    assert found == folded
    assert "analytics_old" not in tables


def rows_of_rollups(database):
    """Return the rows of each rollup, of the products in visits, and of the categories of items."""
    tables = [VISIT_PRODUCTS, ORDER_ITEM_CATEGORIES, *ROLLUPS, CHANGE_DAYS, *MONTHS.values()]
    with database.reading() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table)))) for table in tables
        }


def test_events_are_compressed_by_a_fast_method_where_postgres_has_it(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        (method,) = connection.execute(
            "SELECT attcompression FROM pg_attribute "
            "WHERE attrelid = 'jirafe_events'::regclass AND attname = 'body'"
        ).fetchone()
        (has_lz4,) = connection.execute(
            "SELECT 'lz4' = ANY (enumvals) FROM pg_settings "
            "WHERE name = 'default_toast_compression'"
        ).fetchone()

    assert method == ("l" if has_lz4 else "")


SCRIPT = """
import logging, sys
logging.basicConfig(level=logging.INFO)
from database.migrations import prepare
from database.transactions import Database
Database("sqlite:///state.db", prepare).prepare()
print("alembic" in sys.modules)
"""


def test_migrations_run_from_any_folder_silently_and_only_when_needed(tmp_path):
    root = str(Path(__file__).parents[2])

    def run():
        return subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )

    assert [(done.stdout, done.stderr) for done in (run(), run())] == [
        ("True\n", ""),
        ("False\n", ""),
    ]
