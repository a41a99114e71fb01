"""Many messages at once: the same one repeatedly, and states of orders out of order."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from database.transactions import Database
from jirafe_api.storage.store import Store
from jirafe_endpoint.state import open_state, prepare
from jirafe_endpoint.state.results import Claim
from mappers import Key
from tests.endpoint.fixtures import SITE, TOKEN
from tests.faults.harness.books import Books
from tests.faults.harness.hub import deliver_all, endpoint, hub_message, last_statuses, missing


@pytest.fixture
def books(upstream):
    books = Books()
    upstream.answer = books.answer
    return books


@pytest.fixture
def service(database_url, upstream, books):
    with endpoint(database_url, upstream.url) as running:
        yield running


def test_a_message_received_fifty_times_at_once_is_sent_once(service, books):
    envelopes = [hub_message("order:new", f"R{number}", 1) for number in range(2)]

    deliveries = deliver_all(service.port, [one for one in envelopes for _ in range(50)], 50)

    assert {status for one in deliveries for status in one.statuses} <= {200, 503}
    assert last_statuses(deliveries) == {200}
    for place in range(2):
        answers = [one.answer for one in deliveries[50 * place : 50 * (place + 1)]]
        assert answers == [answers[0]] * 50
    assert missing(deliveries, books) == []
    assert set(Counter(entry.key for entry in books.entries).values()) == {1}


def test_only_one_of_several_simultaneous_claims_succeeds(database_url):
    """Two stores stand for two processes."""
    databases = [Database(database_url, prepare) for _ in range(2)]
    states = [open_state(one, lambda: datetime.now(UTC), 25).claims for one in databases]
    together = threading.Barrier(8)

    def claim(place):
        together.wait(20)
        return [
            version
            for version in range(200)
            if together.wait(20) >= 0
            if isinstance(
                states[place % 2].claim("shop", f"m{version}", [Key("order", f"R{version}")]),
                Claim,
            )
        ]

    with ThreadPoolExecutor(8) as pool:
        claimed = Counter(version for one in pool.map(claim, range(8)) for version in one)
    for database in databases:
        database.close()

    assert {version: count for version, count in claimed.items() if count > 1} == {}
    assert len(claimed) == 200


def test_the_newest_of_many_states_out_of_order_is_sent_last(service, books):
    envelopes = [
        hub_message("order:updated", f"R{number}", version)
        for number in range(10)
        for version in range(1, 31)
    ]
    random.Random(20260302).shuffle(envelopes)  # the seed; threads are disorder enough

    deliveries = deliver_all(service.port, envelopes, threads=32)

    assert {status for one in deliveries for status in one.statuses} <= {200, 503}
    assert last_statuses(deliveries) == {200}
    assert {level for one in deliveries for level in one.levels} == {"info"}
    assert set(Counter(entry.key for entry in books.entries).values()) == {1}
    newest = {("order-accepted", f"R{number}"): "2026-03-02T14:00:30.000Z" for number in range(10)}
    assert (books.last_states(), books.newest_states()) == (newest, newest)
    assert missing(deliveries, books) == []


@pytest.fixture
def hosting(database_url):
    """The service with the API that it hosts."""
    with endpoint(database_url, "", JIRAFE_API_SITES=f"{SITE}:{TOKEN}") as running:
        yield running


def test_an_older_state_is_never_stored_after_a_newer_one(hosting, database_url):
    envelopes = [
        hub_message("order:updated", f"R{number}", version)
        for number in range(10)
        for version in range(1, 31)
    ]
    random.Random(20260302).shuffle(envelopes)

    deliveries = deliver_all(hosting.port, envelopes, threads=32)

    assert last_statuses(deliveries) == {200}
    assert {level for one in deliveries for level in one.levels} == {"info"}
    store = Store(database_url, lambda: datetime.now(UTC))
    stored = [(one.id, one.changed_at) for one in store.events()]
    store.close()
    assert sorted(stored, key=lambda one: one[0]) == sorted(stored)
    assert {(name, date) for name, date in stored if date.endswith(":30.000000Z")} == {
        (f"R{number}", "2026-03-02T14:00:30.000000Z") for number in range(10)
    }
