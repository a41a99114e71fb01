"""State of an earlier version: nothing of use is lost by the migration to facts."""

import json
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import column, insert, select, table, text

from database import migrations
from jirafe_endpoint.state import open_state
from jirafe_endpoint.state.columns import digest
from jirafe_endpoint.state.forgetting import Customer, forget
from jirafe_endpoint.state.tables import DEAD_LETTERS
from mappers import Key
from tests.state.fixtures import Clock, claimed, fact, finish, letter, make_database, remembered

LONG = "x" * 100
OLD_KEY = f"{LONG[:20]}~{digest(LONG)}"
EMAIL = "ann@example.com"
DATE = "2026-03-02T14:06:02.000Z"
STORED = "2026-03-02T15:00:00.000Z"
LETTER = {"message_id": "m-1", "type": "order:new", "payload": {}, "errors": ["odd"]}

ROWS = {
    "leases": [("shop", "order", "R1", "owner", 1)],
    "messages": [
        ("shop", "m-1 0123456789abcdef", '{"notifications":[]}', "[]", STORED),
        ("shop", OLD_KEY, None, '["a"]', STORED),
    ],
    "snapshots": [
        ("shop", "order", "R1", DATE, '[{"id":"i-1"}]', STORED),
        ("shop", "cart", OLD_KEY, "", "null", STORED),
        ("shop", "customer", EMAIL, DATE, "null", STORED),
        ("shop", "product", "5", DATE, "null", STORED),
    ],
    "customers": [("shop", EMAIL, DATE), ("shop", "42", DATE), ("other", OLD_KEY, DATE)],
    "dead_letters": [(7, "shop", "m-1 0123456789abcdef", json.dumps(LETTER), STORED, None)],
}
COLUMNS = {
    "leases": "site kind number owner until",
    "messages": "site message_id reply sent kept_at",
    "snapshots": "site kind number change_date items kept_at",
    "customers": "site customer_id first_seen",
    "dead_letters": "id site message_key letter created_at replayed_at",
}


def make_old_tables(database):
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with database.exclusive() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for name, rows in ROWS.items():
            columns = COLUMNS[name].split()
            old = table(f"endpoint_{name}", *map(column, columns))
            connection.execute(insert(old), [dict(zip(columns, row, strict=True)) for row in rows])


@pytest.fixture
def state(empty_database_url):
    """Return the state in a database migrated from the first version."""
    database = make_database(empty_database_url)
    make_old_tables(database)
    with database.exclusive() as connection:
        migrations.upgrade(connection)
    yield open_state(database, Clock(), 30)
    database.close()


def test_an_upgrade_keeps_the_last_sent_states_and_first_seen_dates(state):
    order, cart, customer = Key("order", "R1"), Key("cart", LONG), Key("customer", EMAIL)
    product = Key("product", "5")
    seen = [Key("first-seen", name) for name in (EMAIL, "42")]

    assert remembered(state, order, cart, customer, product, *seen) == {
        order: {"date": DATE, "is_resumed": False, "body": None},
        cart: {"date": "", "body": None},
        customer: {"date": DATE},
        product: {"date": DATE, "in_catalog": True, "base_product": None},
        seen[0]: DATE,
        seen[1]: DATE,
    }
    other = Key("first-seen", LONG)
    assert remembered(state, other, site="other") == {other: DATE}


def test_an_older_state_does_not_replace_what_was_last_sent(state):
    finish(state, facts=[fact(Key("order", "R1"), "2026-01-01", "older")])

    assert remembered(state, Key("order", "R1"))[Key("order", "R1")]["date"] == DATE


def test_dead_letters_keep_their_ids_and_are_marked_as_unproven(state):
    (old,) = state.dead_letters.list()
    finish(state, dead_letter=letter("m-2"))
    new, _ = state.dead_letters.list()

    assert (old.id, old.proven, old.message_id, old.errors) == (7, False, "m-1", ["odd"])
    assert (new.id, new.proven) == (8, True)
    assert claimed(state, old.identity, again=True).sent == frozenset()


def test_the_sizes_of_old_dead_letters_are_known(state):
    with state.database.reading() as connection:
        (size,) = connection.scalars(select(DEAD_LETTERS.c.bytes))

    assert size == len(json.dumps(LETTER))


def test_customers_can_be_forgotten_after_an_upgrade(state):
    counts = forget(state.database, Customer("shop", [EMAIL], [EMAIL], [("order", "R1")]))

    assert counts == {"endpoint_facts": 2, "endpoint_dead_letters": 0, "endpoint_messages": 0}
    assert remembered(state, Key("first-seen", EMAIL), Key("order", "R1")) == {}


def test_nothing_of_the_old_tables_is_left(state):
    with state.database.reading() as connection:
        names = {
            name
            for (name,) in connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'table'")
                if connection.dialect.name == "sqlite"
                else text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
            )
        }

    assert {name for name in names if name.startswith(("old_", "endpoint_"))} == {
        "endpoint_leases",
        "endpoint_messages",
        "endpoint_facts",
        "endpoint_people",
        "endpoint_dead_letters",
        "endpoint_shops",
        "endpoint_inbox",
        "endpoint_shop_imports",
    }
