import json
import secrets
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jirafe_endpoint.state.claims import Busy, Claim, DeadLetter, Finished, Key, Snapshot
from jirafe_endpoint.state.tables import LEASES, MESSAGES
from tests.state.fixtures import (
    DATE,
    ITEMS,
    LATER,
    LEASE,
    MESSAGE,
    ORDER,
    REPLY,
    SITE,
    claimed,
    count,
    remembered,
    settle,
)

CART = Key("cart", "R123")
LETTER = DeadLetter(SITE, MESSAGE, "order:new", {"order": {}}, ["order.number: missing"])


def test_a_first_claim_remembers_nothing(state):
    claim = claimed(state, keys=[ORDER, CART], customers=["ann"])

    assert claim == Claim(SITE, MESSAGE, claim.owner, (ORDER, CART), {}, {}, frozenset())
    assert len(claim.owner) == 32


def test_no_two_claims_have_the_same_owner(state):
    assert claimed(state, "m-1", []).owner != claimed(state, "m-2", []).owner


def test_a_finished_message_is_answered_the_same_each_time(state):
    settle(state, claimed(state))

    assert [state.claim(SITE, MESSAGE, [ORDER], ["ann"]) for _ in range(2)] == [Finished(REPLY)] * 2


def test_a_finished_message_is_answered_also_while_another_works_on_its_order(state):
    settle(state, claimed(state))
    claimed(state, "m-2")

    assert state.claim(SITE, MESSAGE, [ORDER], []) == Finished(REPLY)


def test_a_repeat_of_a_finished_message_leases_nothing(store, state):
    settle(state, claimed(state))
    state.claim(SITE, MESSAGE, [ORDER], [])

    assert count(store, LEASES) == 0


def test_a_message_that_is_worked_on_is_busy(state):
    claimed(state, keys=[])

    assert state.claim(SITE, MESSAGE, [], []) == Busy()


def test_an_order_that_is_worked_on_is_busy_for_other_messages(state):
    claimed(state, "m-1", [ORDER])

    assert state.claim(SITE, "m-2", [CART, ORDER], []) == Busy()


def test_whoever_was_busy_left_nothing_leased(state):
    claimed(state, "m-1", [ORDER])
    state.claim(SITE, "m-2", [CART, ORDER], [])

    assert isinstance(state.claim(SITE, "m-2", [CART], []), Claim)


def test_sites_and_kinds_are_apart(state):
    settle(state, claimed(state), snapshots={ORDER: Snapshot(DATE, ITEMS)}, customers={"a": DATE})
    claimed(state, "m-2")
    claim = claimed(state, keys=[ORDER, CART], customers=["a"], site="other")

    assert (claim.snapshots, claim.first_seen) == ({}, {})
    assert isinstance(state.claim(SITE, "m-3", [CART], []), Claim)


def test_a_message_without_reply_can_be_tried_again_at_once(state):
    settle(state, claimed(state), reply=None)

    assert claimed(state).sent == frozenset()


def test_a_try_that_sent_nothing_keeps_nothing(store):
    settle(store.state, claimed(store.state), reply=None)

    assert (count(store, MESSAGES), count(store, LEASES)) == (0, 0)


def test_what_was_accepted_in_earlier_tries_is_told_to_the_next(state):
    settle(state, claimed(state), reply=None, sent=["b", "a"])
    settle(state, claimed(state), reply=None, sent=["b", "a", "c"])

    assert claimed(state).sent == frozenset("abc")


def test_what_was_accepted_is_forgotten_where_the_next_try_says_so(state):
    settle(state, claimed(state), reply=None, sent=["a"])
    settle(state, claimed(state), reply=None)

    assert claimed(state).sent == frozenset()


def test_a_message_that_failed_at_first_can_be_finished(state):
    settle(state, claimed(state), reply=None, sent=["a"])
    settle(state, claimed(state), sent=["b"])

    assert state.claim(SITE, MESSAGE, [ORDER], []) == Finished(REPLY)


def test_of_a_message_that_may_come_again_as_another_nothing_is_kept(store, state):
    settle(state, claimed(state), reply=None)

    assert count(store, MESSAGES) == 0


def test_what_was_last_sent_is_remembered(state):
    sent = {ORDER: Snapshot(DATE, ITEMS), CART: Snapshot(LATER, None)}
    settle(state, claimed(state, keys=[ORDER, CART]), snapshots=sent)

    assert remembered(state, ORDER, CART) == sent
    assert remembered(state, ORDER) == {ORDER: Snapshot(DATE, ITEMS)}


def test_only_what_was_asked_for_is_remembered(state):
    other = Key("cart", "R5")
    settle(
        state,
        claimed(state, keys=[ORDER, CART, other]),
        snapshots=dict.fromkeys([ORDER, CART, other], Snapshot(DATE, [])),
    )

    assert remembered(state, ORDER, other) == dict.fromkeys([ORDER, other], Snapshot(DATE, []))


@pytest.mark.parametrize(
    ("date", "kept"), [(LATER, [2]), (DATE, [2]), ("2026-03-02T14:06:01.999Z", [1])]
)
def test_what_was_last_sent_never_goes_back_in_time(state, date, kept):
    for message_id, change_date, items in (("m-1", DATE, [1]), ("m-2", date, [2])):
        snapshot = {ORDER: Snapshot(change_date, items)}
        settle(state, claimed(state, message_id), snapshots=snapshot)

    assert remembered(state, ORDER) == {ORDER: Snapshot(max(date, DATE), kept)}


def test_dates_are_compared_by_their_bytes(state):
    for message_id, date in (("m-1", "2026-03-02T14:06:02.5Z"), ("m-2", "2026-03-02T14:06:02Z")):
        settle(state, claimed(state, message_id), snapshots={ORDER: Snapshot(date, [])})

    assert remembered(state, ORDER) == {ORDER: Snapshot("2026-03-02T14:06:02Z", [])}


def test_the_first_sight_of_a_customer_stays(state):
    settle(state, claimed(state, "m-1"), customers={"ann": DATE, "bob": LATER})
    settle(state, claimed(state, "m-2"), customers={"ann": LATER, "cyd": LATER})
    settle(state, claimed(state, "m-3", customers=["ann"]), customers={"ann": LATER})
    claim = claimed(state, "m-4", customers=["ann", "ann", "cyd", "dee"])

    assert claim.first_seen == {"ann": DATE, "cyd": LATER}


def test_a_key_that_is_named_twice_is_leased_once(state):
    claim = claimed(state, keys=[ORDER, ORDER])

    assert claim.keys == (ORDER,)


def test_a_lease_lasts_for_its_seconds_and_no_longer(state, clock):
    claimed(state)
    clock.move(LEASE - 0.001)
    assert state.claim(SITE, MESSAGE, [ORDER], []) == Busy()
    clock.move(0.001)

    assert isinstance(state.claim(SITE, MESSAGE, [ORDER], []), Claim)


def test_a_clock_that_was_set_back_by_more_than_a_lease_locks_nothing(state, clock):
    claimed(state)
    clock.move(-LEASE)
    assert state.claim(SITE, MESSAGE, [ORDER], []) == Busy()
    clock.move(-0.001)
    assert isinstance(state.claim(SITE, MESSAGE, [ORDER], []), Claim)
    assert state.claim(SITE, MESSAGE, [ORDER], []) == Busy()
    clock.now -= timedelta(days=400)

    assert isinstance(state.claim(SITE, MESSAGE, [ORDER], []), Claim)


def test_a_clock_that_was_set_forward_leaves_the_message_to_one_owner(state, clock):
    first = claimed(state)
    clock.now += timedelta(days=400)
    second = claimed(state)
    assert state.claim(SITE, MESSAGE, [ORDER], []) == Busy()
    settle(state, first, reply={"from": "first"})
    settle(state, second, reply={"from": "second"})

    assert state.claim(SITE, MESSAGE, [ORDER], []) == Finished({"from": "second"})


def test_a_claim_that_was_taken_over_leaves_the_message_to_the_other(store, state, clock):
    late = claimed(state)
    clock.move(LEASE)
    claimed(state)
    settle(
        state,
        late,
        sent=["a"],
        snapshots={ORDER: Snapshot(DATE, ITEMS)},
        customers={"ann": DATE},
        dead_letter=LETTER,
    )

    assert state.claim(SITE, MESSAGE, [ORDER], []) == Busy()
    assert (count(store, MESSAGES), store.dead_letters.list()) == (0, [])
    clock.move(LEASE)
    claim = claimed(state, customers=["ann"])
    assert claim == Claim(
        SITE,
        MESSAGE,
        claim.owner,
        (ORDER,),
        {ORDER: Snapshot(DATE, ITEMS)},
        {"ann": DATE},
        frozenset(),
    )


def test_a_claim_that_was_taken_over_keeps_no_older_snapshot(state, clock):
    late = claimed(state)
    clock.move(LEASE)
    settle(state, claimed(state), snapshots={ORDER: Snapshot(LATER, [2])})
    settle(state, late, snapshots={ORDER: Snapshot(DATE, [1])})

    assert remembered(state, ORDER) == {ORDER: Snapshot(LATER, [2])}


def test_a_message_of_which_only_the_order_was_taken_over_is_finished(state, clock):
    late = claimed(state, "m-1")
    clock.move(LEASE)
    claimed(state, "m-2")
    settle(state, late)

    assert state.claim(SITE, "m-1", [ORDER], []) == Finished(REPLY)
    assert state.claim(SITE, "m-3", [ORDER], []) == Busy()


def test_a_claim_that_is_settled_twice_stays_settled(state):
    claim = claimed(state)
    settle(state, claim)
    settle(state, claim, reply={"another": "reply"})

    assert state.claim(SITE, MESSAGE, [ORDER], []) == Finished(REPLY)


def as_json_reads_it(text):
    """Two surrogates that make a pair are one character there."""
    return json.loads(json.dumps(text))


WILD = st.one_of(
    st.text(max_size=8),
    st.text(st.sampled_from("a\0\ud800\udfffé~ %':,"), max_size=6).map(as_json_reads_it),
    st.sampled_from([64, 65, 2_705, 3_000_000]).map(lambda length: "x" * length),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WILD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.lists(WILD, min_size=4, max_size=4, unique=True), st.lists(JSON, max_size=3))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_ids_and_numbers_and_items_may_be_of_any_content(store, texts, items):
    message_id, number, customer, other = texts
    state, key = store.state, Key("order", number)
    site = secrets.token_hex(8)
    reply = {"message_id": message_id, "items": items}
    kept = {key: Snapshot(DATE, items)}
    settle(
        state,
        claimed(state, message_id, [key], site=site),
        reply,
        sent=[other],
        snapshots=kept,
        customers={customer: DATE},
    )
    assert state.claim(site, message_id, [key], [customer]) == Finished(reply)
    claim = claimed(state, other, [key, Key("order", other)], [customer, other], site=site)
    settle(state, claim, reply=None, sent=[message_id])

    assert (claim.snapshots, claim.first_seen) == (kept, {customer: DATE})
    assert claimed(state, other, [key], site=site).sent == frozenset([message_id])
