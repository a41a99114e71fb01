from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from jirafe_endpoint.state.claims import DeadLetter, Key, Snapshot
from jirafe_endpoint.state.retention import prune
from jirafe_endpoint.state.tables import CUSTOMERS, DEAD_LETTERS, LEASES, MESSAGES, SNAPSHOTS
from tests.state.fixtures import DATE, NOON, SITE, claimed, count, settle

LETTER = DeadLetter(SITE, None, "order:new", {}, [])


def finish(store, number):
    """Finish a message about an order with the same number, which is a dead letter, too."""
    key = Key("order", number)
    settle(
        store.state,
        claimed(store.state, number, [key]),
        snapshots={key: Snapshot(DATE, [])},
        customers={number: DATE},
        dead_letter=replace(LETTER, message_id=number),
    )


def left(store, table, column):
    with store.database.reading() as connection:
        return sorted(connection.scalars(select(table.c[column])))


def test_what_is_older_is_forgotten_but_for_customers_and_what_is_leased(store, clock):
    for number in ("old", "old and leased"):
        finish(store, number)
    settle(store.state, claimed(store.state, "tried", []), reply=None, sent=["a"])
    claimed(store.state, "killed", [])
    clock.now = NOON + timedelta(days=90)
    finish(store, "new")
    claimed(store.state, "under way", [Key("order", "old and leased")])
    claimed(store.state, "tried", [])

    assert prune(store.database, NOON + timedelta(days=1)) == {
        "endpoint_leases": 1,
        "endpoint_messages": 2,
        "endpoint_snapshots": 1,
        "endpoint_dead_letters": 2,
    }
    assert left(store, MESSAGES, "message_id") == ["new", "tried"]
    assert left(store, SNAPSHOTS, "number") == ["new", "old and leased"]
    assert left(store, DEAD_LETTERS, "message_key") == ["new"]
    assert left(store, CUSTOMERS, "customer_id") == ["new", "old", "old and leased"]
    assert left(store, LEASES, "number") == ["old and leased", "tried", "under way"]


def test_what_is_of_that_time_stays(store):
    finish(store, "m-1")

    assert set(prune(store.database, NOON).values()) == {0}
    assert count(store, MESSAGES) == 1


def test_there_may_be_more_than_a_transaction_forgets(store, clock):
    keys = [Key("order", str(number)) for number in range(1_201)]
    claim = claimed(store.state, "m-1", keys)
    settle(store.state, claim, snapshots=dict.fromkeys(keys, Snapshot(DATE, [])))

    assert prune(store.database, NOON + timedelta(days=1)) == {
        "endpoint_leases": 0,
        "endpoint_messages": 1,
        "endpoint_snapshots": 1_201,
        "endpoint_dead_letters": 0,
    }
