"""Claims that lock nothing: the first result is stored, and other messages have to start again."""

import random

import pytest

from jirafe_endpoint.state import open_state
from jirafe_endpoint.state.results import Claim, Finished
from jirafe_endpoint.state.tables import FACTS, MESSAGES
from mappers import Key
from tests.state.fixtures import (
    ITEMS,
    LATER,
    MESSAGE,
    ORDER,
    REPLY,
    SITE,
    Clock,
    count,
    fact,
    forking,
    letter,
    make_database,
    running,
)

CART, PRODUCT = Key("cart", "R123"), Key("product", "CUP")
PROCESSES, TIMES = 4, 25


def make_state(url):
    return open_state(make_database(url, 20), Clock(), None)


@pytest.fixture
def state(ready_url):
    state = make_state(ready_url)
    yield state
    state.database.close()


def claimed(state, identity=MESSAGE, locks=(ORDER,), recalls=(), **more):
    """Return the result after asserting that it is a claim."""
    claim = state.claims.claim(SITE, identity, locks, recalls, **more)
    assert isinstance(claim, Claim)
    return claim


def finish(state, identity=MESSAGE, **kept):
    assert state.claims.settle(claimed(state, identity), reply=REPLY, **kept)


def test_a_finished_message_gets_the_same_reply_each_time(state):
    finish(state)

    assert [state.claims.claim(SITE, MESSAGE, [ORDER]) for _ in "ab"] == [Finished(REPLY)] * 2


def test_a_claim_remembers_what_was_stored_about_its_object_and_others(state):
    finish(state, "m-1", facts=[fact(), fact(PRODUCT, value=True)])

    assert claimed(state, "m-2", [ORDER], [ORDER, CART, PRODUCT]).memory == {
        ORDER: ITEMS,
        PRODUCT: True,
    }


def test_of_two_claims_on_a_message_only_the_first_result_is_stored(state):
    first, second = claimed(state), claimed(state)

    assert state.claims.settle(first, reply=REPLY, facts=[fact(value="first")])
    assert not state.claims.settle(second, reply={}, facts=[fact(version=LATER, value="second")])

    assert state.claims.claim(SITE, MESSAGE, [ORDER]) == Finished(REPLY)
    assert claimed(state, "m-2", recalls=[ORDER]).memory == {ORDER: "first"}


@pytest.mark.parametrize("kind", ["order", "order-canceled", "cart"])
def test_a_result_is_not_stored_if_its_object_has_changed(state, kind):
    changed = Key(kind, ORDER.name)
    finish(state, "m-0", facts=[fact(changed, value="before")])
    late = claimed(state, "m-2", recalls=[changed])
    finish(state, "m-1", facts=[fact(changed, value="now")])

    assert not state.claims.settle(
        late, reply=REPLY, facts=[fact(CART)], dead_letter=letter(), writes=[]
    )

    again = claimed(state, "m-2", recalls=[changed])
    assert again.memory == {changed: "now"}
    assert (count(state, FACTS), count(state, MESSAGES)) == (1, 2)
    assert state.dead_letters.list() == []
    assert state.claims.settle(again, reply=REPLY)


def test_a_result_is_not_stored_if_its_object_was_forgotten(state):
    finish(state, "m-1", facts=[fact()])
    late = claimed(state, "m-2", recalls=[ORDER])
    with state.database.writing() as connection:
        connection.execute(FACTS.delete())

    assert not state.claims.settle(late, reply=REPLY, facts=[fact(version=LATER)])
    assert count(state, FACTS) == 0


def test_a_result_is_stored_even_if_something_else_has_changed(state):
    late = claimed(state, "m-2", recalls=[PRODUCT])
    finish(state, "m-1", facts=[fact(PRODUCT)], sent=["a"])

    assert state.claims.settle(late, reply=REPLY)


def test_a_finished_message_can_be_processed_again_on_request(state):
    finish(state, sent=["a"])
    first, second = claimed(state, again=True), claimed(state, again=True)

    assert first.sent == {"a"}
    assert state.claims.settle(first, reply={"again": True})
    assert not state.claims.settle(second, reply={})
    assert state.claims.claim(SITE, MESSAGE) == Finished({"again": True})


def test_an_attempt_without_a_result_waits_for_no_writer(state):
    claim = claimed(state)

    with state.database.exclusive():
        assert state.claims.settle(claim)

    assert count(state, MESSAGES) == 0


def _count_up(url, seed, barrier):
    """Add 1 to what is remembered about an order or another, again whenever it has changed."""
    state, chance = make_state(url), random.Random(seed)
    barrier.wait()
    for place in range(TIMES):
        order = Key("order", f"R{chance.randrange(2)}")
        is_stored = False
        while not is_stored:
            claim = claimed(state, f"m-{seed}-{place}", [order], [order])
            value = claim.memory.get(order, 0) + 1
            is_stored = state.claims.settle(claim, reply=REPLY, facts=[fact(order, value=value)])
    state.database.close()


def test_no_change_of_any_process_is_lost(ready_url, state):
    barrier = forking.Barrier(PROCESSES, timeout=30)
    with running(_count_up, *[(ready_url, seed, barrier) for seed in range(PROCESSES)]):
        pass

    orders = [Key("order", "R0"), Key("order", "R1")]
    assert sum(claimed(state, "m", orders, orders).memory.values()) == PROCESSES * TIMES


def _deliver(url, barrier, deliveries):
    """Deliver the message as the service would: until it is finished."""
    state = make_state(url)
    barrier.wait()
    while isinstance(claim := state.claims.claim(SITE, MESSAGE), Claim):
        if state.claims.settle(claim, reply=REPLY):
            deliveries.put("stored")
    state.database.close()


def test_a_message_about_nothing_that_many_processes_deliver_is_stored_once(ready_url):
    barrier, deliveries = forking.Barrier(PROCESSES, timeout=30), forking.Queue()
    with running(_deliver, *[(ready_url, barrier, deliveries)] * PROCESSES):
        assert deliveries.get(timeout=30) == "stored"

    assert deliveries.empty()
