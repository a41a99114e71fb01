from datetime import timedelta

from sqlalchemy import select

from jirafe_endpoint.state.retention import prune
from jirafe_endpoint.state.tables import DEAD_LETTERS, FACTS, LEASES, MESSAGES, PEOPLE
from mappers import Key
from tests.state.fixtures import NOON, claimed, count, fact, finish, letter


def finish_order(state, number):
    """Finish a message about an order with the same number, which is a dead letter, too."""
    key, seen = Key("order", number), Key("category", number)
    facts = [fact(key, people=["ann@example.com"]), fact(seen, people=[number])]
    finish(state, number, [key], facts=facts, dead_letter=letter(number))


def left(state, table, *columns):
    with state.database.reading() as connection:
        return sorted(connection.execute(select(*(table.c[column] for column in columns))).all())


def test_old_rows_are_deleted_except_identities_and_leased_ones(state, clock):
    for number in ("old", "old and leased"):
        finish_order(state, number)
    finish(state, "tried", [], reply=None, sent=["a"])
    claimed(state, "killed", [])
    clock.now = NOON + timedelta(days=90)
    finish_order(state, "new")
    claimed(state, "in progress", [Key("order", "old and leased")])
    claimed(state, "tried", [])

    assert prune(state.database, NOON + timedelta(days=1)) == {
        "endpoint_leases": 1,
        "endpoint_messages": 2,
        "endpoint_facts": 1,
        "endpoint_dead_letters": 2,
    }
    everything = ["new", "old", "old and leased"]
    facts = [*(("category", name) for name in everything), ("order", "new")]
    facts.append(("order", "old and leased"))
    assert left(state, MESSAGES, "identity") == [("new",), ("tried",)]
    assert left(state, FACTS, "kind", "name") == facts
    assert left(state, PEOPLE, "kind", "name") == facts
    assert left(state, DEAD_LETTERS, "identity") == [("new",)]
    assert left(state, LEASES, "name") == [("in progress",), ("old and leased",), ("tried",)]


def test_rows_as_old_as_the_limit_stay(state):
    finish_order(state, "m-1")

    assert set(prune(state.database, NOON).values()) == {0}
    assert count(state, MESSAGES) == 1


def test_more_rows_than_one_transaction_deletes_are_all_deleted(state):
    keys = [Key("order", str(number)) for number in range(1_201)]
    finish(state, locks=keys, facts=[fact(key) for key in keys])

    assert prune(state.database, NOON + timedelta(days=1)) == {
        "endpoint_leases": 0,
        "endpoint_messages": 1,
        "endpoint_facts": 1_201,
        "endpoint_dead_letters": 0,
    }
