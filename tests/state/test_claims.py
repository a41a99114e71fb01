import itertools
import json
import secrets
import time
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from jirafe_endpoint.state import claims as claims_module
from jirafe_endpoint.state.claims import Busy
from jirafe_endpoint.state.results import Claim, End, Finished
from jirafe_endpoint.state.tables import FACTS, LEASES, MESSAGES, PEOPLE
from mappers import Key
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
    fact,
    finish,
    letter,
    make_state,
    remembered,
)

CART = Key("cart", "R123")


def claim(state, identity=MESSAGE, locks=(ORDER,), recalls=()):
    return state.claims.claim(SITE, identity, locks, recalls)


def test_a_first_claim_remembers_nothing(state):
    first = claimed(state, locks=[ORDER, CART], recalls=[ORDER])

    assert first == Claim(SITE, MESSAGE, first.lease, {}, frozenset())
    assert len(first.lease.owner) == 32


def test_no_two_claims_have_the_same_owner(state):
    assert claimed(state, "m-1", []).lease.owner != claimed(state, "m-2", []).lease.owner


def test_a_finished_message_gets_the_same_reply_each_time(state):
    finish(state)

    assert [claim(state) for _ in range(2)] == [Finished(REPLY)] * 2


def test_a_finished_message_gets_its_reply_while_another_works_on_its_order(state):
    finish(state)
    claimed(state, "m-2")

    assert claim(state) == Finished(REPLY)


def test_a_finished_message_can_be_processed_again_on_request(state):
    finish(state, sent=["a"])

    assert claimed(state, again=True).sent == {"a"}


def test_a_repeat_of_a_finished_message_writes_nothing(state):
    finish(state)
    statements = []
    take, release = claims_module.leases.take, claims_module.leases.release

    def noting(name, function):
        return lambda *arguments: (statements.append((name, arguments[1])), function(*arguments))[1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims_module.leases, "take", noting("take", take))
        patch.setattr(claims_module.leases, "release", noting("release", release))
        claim(state)

    assert statements == []
    assert count(state, LEASES) == 0


def test_a_message_in_progress_is_busy(state):
    claimed(state, locks=[])

    assert claim(state, locks=[]) == Busy()


def test_an_order_in_progress_is_busy_for_other_messages(state):
    claimed(state, "m-1", [ORDER])

    assert claim(state, "m-2", [CART, ORDER]) == Busy()


def test_a_busy_message_leaves_nothing_leased(state):
    claimed(state, "m-1", [ORDER])
    claim(state, "m-2", [CART, ORDER])

    assert isinstance(claim(state, "m-2", [CART]), Claim)


def test_sites_and_kinds_are_separate(state):
    finish(state, facts=[fact()])
    claimed(state, "m-2")
    other = claimed(state, locks=[ORDER, CART], recalls=[ORDER], site="other")

    assert other.memory == {}
    assert isinstance(claim(state, "m-3", [CART]), Claim)


def test_a_message_without_a_reply_can_be_retried_at_once(state):
    finish(state, reply=None)

    assert claimed(state).sent == frozenset()


def test_an_attempt_that_sent_nothing_stores_nothing(state):
    finish(state, reply=None)

    assert (count(state, MESSAGES), count(state, LEASES)) == (0, 0)


def test_events_accepted_in_earlier_attempts_are_known_to_the_next(state):
    finish(state, reply=None, sent=["b", "a"])
    finish(state, reply=None, sent=["b", "a", "c"])

    assert claimed(state).sent == frozenset("abc")


def test_accepted_events_are_forgotten_if_the_next_attempt_does_not_name_them(state):
    finish(state, reply=None, sent=["a"])
    finish(state, reply=None)

    assert claimed(state).sent == frozenset()


def test_a_message_that_failed_at_first_can_be_finished(state):
    finish(state, reply=None, sent=["a"])
    finish(state, sent=["b"])

    assert claim(state) == Finished(REPLY)


def test_facts_are_remembered(state):
    finish(state, locks=[ORDER, CART], facts=[fact(), fact(CART, LATER, None)])

    assert remembered(state, ORDER, CART) == {ORDER: ITEMS, CART: None}
    assert remembered(state, ORDER) == {ORDER: ITEMS}


def test_only_requested_facts_are_recalled(state):
    other = Key("cart", "R5")
    finish(state, facts=[fact(key) for key in (ORDER, CART, other)])

    assert remembered(state, ORDER, other) == {ORDER: ITEMS, other: ITEMS}


@pytest.mark.parametrize(
    ("version", "value"), [(LATER, [2]), (DATE, [2]), ("2026-03-02T14:06:01.999Z", [1])]
)
def test_a_fact_never_replaces_one_of_a_later_version(state, version, value):
    finish(state, "m-1", facts=[fact(version=DATE, value=[1])])
    finish(state, "m-2", facts=[fact(version=version, value=[2])])

    assert remembered(state, ORDER) == {ORDER: value}


@pytest.mark.parametrize("kind", ["order", "first-seen"])
def test_facts_of_one_message_about_one_object_are_stored_in_turn(state, kind):
    for versions in itertools.product(("1", "2", "3"), repeat=3):
        several = [(version, f"{place}") for place, version in enumerate(versions)]
        together, apart = Key(kind, f"together {versions}"), Key(kind, f"apart {versions}")
        finish(state, f"{versions}", facts=[fact(together, *one) for one in several])
        for one in several:
            finish(state, f"{versions}-{one}", facts=[fact(apart, *one)])
        found = remembered(state, together, apart)
        assert found[together] == found[apart], versions


def test_versions_are_compared_byte_by_byte(state):
    finish(state, "m-1", facts=[fact(version="2026-03-02T14:06:02.5Z", value=1)])
    finish(state, "m-2", facts=[fact(version="2026-03-02T14:06:02Z", value=2)])

    assert remembered(state, ORDER) == {ORDER: 2}


def test_the_earliest_first_sight_of_a_customer_stays(state):
    ann, bob = Key("first-seen", "ann"), Key("first-seen", "bob")
    for identity, date in (("m-1", DATE), ("m-2", LATER), ("m-3", "2025-01-01")):
        finish(state, identity, facts=[fact(ann, date, date)])
    finish(state, "m-4", facts=[fact(bob, LATER, LATER)])

    assert remembered(state, ann, ann, bob, Key("first-seen", "cyd")) == {
        ann: "2025-01-01",
        bob: LATER,
    }


def test_customers_are_stored_as_digests_only(state):
    names = ["42", "ann@example.com"]
    keys = [Key(kind, name) for kind in ("customer", "email", "first-seen") for name in names]
    finish(state, locks=keys, facts=[fact(key, value=1, people=names) for key in keys])
    claimed(state, "killed", keys)
    with state.database.reading() as connection:
        rows = [
            str(tuple(row))
            for table in (FACTS, PEOPLE, LEASES, MESSAGES)
            for row in connection.execute(select(table))
        ]

    assert len(rows) == 6 + 12 + 7 + 1
    assert [row for row in rows if "ann" in row or "'42'" in row] == []
    assert remembered(state, *keys) == dict.fromkeys(keys, 1)


def test_a_key_that_is_named_twice_is_leased_once(state):
    assert len(claimed(state, locks=[ORDER, ORDER]).lease.names) == 2  # the message, too


def test_a_lease_lasts_exactly_as_long_as_set(state, clock):
    claimed(state)
    clock.move(LEASE - 0.001)
    assert claim(state) == Busy()
    clock.move(0.001)

    assert isinstance(claim(state), Claim)


def test_a_clock_that_was_set_back_by_more_than_a_lease_locks_nothing(state, clock):
    claimed(state)
    clock.move(-LEASE)
    assert claim(state) == Busy()
    clock.move(-0.001)
    assert isinstance(claim(state), Claim)
    assert claim(state) == Busy()
    clock.now -= timedelta(days=400)

    assert isinstance(claim(state), Claim)


def test_a_clock_that_was_set_forward_leaves_the_message_to_one_owner(state, clock):
    first = claimed(state)
    clock.now += timedelta(days=400)
    second = claimed(state)
    assert claim(state) == Busy()
    state.claims.settle(first, reply={"from": "first"})
    state.claims.settle(second, reply={"from": "second"})

    assert claim(state) == Finished({"from": "second"})


def test_a_claim_that_was_taken_over_does_not_finish_the_message(state, clock):
    late = claimed(state)
    clock.move(LEASE)
    claimed(state)
    state.claims.settle(late, reply=REPLY, sent=["a"], facts=[fact()], dead_letter=letter())

    assert claim(state) == Busy()
    assert (count(state, MESSAGES), state.dead_letters.list()) == (0, [])
    clock.move(LEASE)
    again = claimed(state, recalls=[ORDER])
    assert (again.memory, again.sent) == ({ORDER: ITEMS}, frozenset())


def test_a_claim_that_was_taken_over_stores_no_older_fact(state, clock):
    late = claimed(state)
    clock.move(LEASE)
    finish(state, facts=[fact(version=LATER, value=2)])
    state.claims.settle(late, facts=[fact(version=DATE, value=1)])

    assert remembered(state, ORDER) == {ORDER: 2}


def test_a_message_is_finished_even_if_only_its_order_was_taken_over(state, clock):
    late = claimed(state, "m-1")
    clock.move(LEASE)
    claimed(state, "m-2")
    state.claims.settle(late, reply=REPLY)

    assert claim(state, "m-1") == Finished(REPLY)
    assert claim(state, "m-3") == Busy()


def test_a_claim_that_is_settled_twice_stays_settled(state):
    first = claimed(state)
    state.claims.settle(first, reply=REPLY)
    state.claims.settle(first, reply={"another": "reply"})

    assert claim(state) == Finished(REPLY)


def test_several_claims_in_one_transaction_each_get_their_own_answer(state):
    finish(state, "finished", [], facts=[fact()])
    claimed(state, "held", [])
    wanted = [
        claims_module._request(SITE, identity, locks, [ORDER], again=False)
        for identity, locks in (
            ("first", [ORDER]),
            ("second", [ORDER]),
            ("finished", []),
            ("held", []),
            ("apart", [CART]),
            ("first", []),
        )
    ]
    with state.database.writing() as connection:
        answers = state.claims._claim_all(connection, wanted)

    assert [type(answer) for answer in answers] == [Claim, Busy, Finished, Busy, Claim, Busy]
    assert [answer.memory for answer in answers if isinstance(answer, Claim)] == [
        {ORDER: ITEMS}
    ] * 2
    ends = [
        End(answer, REPLY, frozenset(), [fact(CART)], None)
        for answer in answers
        if isinstance(answer, Claim)
    ]
    with state.database.writing() as connection:
        state.claims._settle_all(connection, ends)
    assert [claim(state, identity, []) for identity in ("first", "apart")] == [Finished(REPLY)] * 2
    assert remembered(state, CART) == {CART: ITEMS}


def as_json_reads_it(text):
    """Two surrogates that make a pair are one character there."""
    return json.loads(json.dumps(text))


WILD = st.one_of(
    st.text(max_size=8),
    st.text(st.sampled_from("a\0\ud800\udfffé~ %':,?"), max_size=6).map(as_json_reads_it),
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


@given(st.lists(WILD, min_size=4, max_size=4, unique=True), JSON)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_names_values_and_replies_may_have_any_content(state, texts, value):
    number, customer, other, sent = texts
    order, person = Key("order", number), Key("first-seen", customer)
    site = secrets.token_hex(8)
    reply = {"message_id": other, "value": value}
    facts = [fact(order, value=value, people=texts), fact(person, value=customer)]
    finish(state, "m-1", [order, person], reply, site=site, sent=[sent], facts=facts)

    assert state.claims.claim(site, "m-1", [order]) == Finished(reply)
    keys = [order, person, Key("order", other), Key("first-seen", other)]
    again = claimed(state, "m-1", keys, keys, site=site, again=True)
    assert (again.memory, again.sent) == ({order: value, person: customer}, {sent})
    state.claims.settle(replace(again, sent=frozenset()))


def test_messages_on_postgres_stay_fast_however_much_is_remembered(postgres_url):
    """Its statements look rows up by their keys, although the tables were small at first."""
    before = rows_read_in_scans(postgres_url)
    state = make_state(postgres_url)
    for number in range(20):
        order = Key("order", f"R{number}")
        claim = claimed(state, f"m-{number}", [order], [order])
        state.claims.settle(claim, reply=REPLY, facts=[fact(order)])
    state.database.close()

    assert rows_read_in_scans(postgres_url) == before


def rows_read_in_scans(url):
    """Return how many rows of each table were read by scans of the whole table so far."""
    tables = [table.name for table in (LEASES, MESSAGES, FACTS, PEOPLE)]
    others = """
        SELECT count(*) - 1 FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend'
    """
    reads = """
        SELECT relname, seq_tup_read FROM pg_stat_user_tables
        WHERE schemaname = 'public' AND relname = ANY(%s) ORDER BY relname
    """
    with psycopg.connect(url, autocommit=True) as connection:
        ends = time.monotonic() + 20
        while connection.execute(others).fetchone() != (0,):  # a connection counts when it closes
            assert time.monotonic() < ends
            time.sleep(0.01)
        return connection.execute(reads, [tables]).fetchall()
