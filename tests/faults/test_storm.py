"""A storm: messages of every kind, at once, to an upstream that fails in every possible way."""

import random
import zlib
from collections import Counter

import pytest

from tests.faults.harness.books import Books
from tests.faults.harness.faults import at_random
from tests.faults.harness.hub import deliver_all, endpoint, last_statuses, missing, storm

SETTINGS = {
    "DELIVERY_DEADLINE": "5",
    "JIRAFE_TIMEOUT": "2",
    "JIRAFE_CONNECT_TIMEOUT": "1",
}


def is_odd(one):
    """Whether the upstream never accepts the event: one in twenty, the same ones each time."""
    return zlib.crc32(f"{one}".encode()) % 20 == 0


@pytest.mark.parametrize("seed", [1])
def test_a_storm_of_faults_neither_loses_nor_duplicates_an_event(seed, sqlite_url, upstream):
    rng = random.Random(seed)
    books = Books(
        choose=at_random(seed, 0.25, upstream),
        refuses=is_odd,
        fails=lambda _: rng.random() < 0.02,  # for the moment, and its neighbours not
    )
    upstream.answer = books.answer

    with endpoint(sqlite_url, upstream.url, **SETTINGS) as service:
        deliveries = deliver_all(service.port, storm(seed), threads=32)

    statuses = Counter(status for delivery in deliveries for status in delivery.statuses)
    summary = f"seed {seed}: {statuses}, {len(upstream.requests)} requests"
    assert set(statuses) == {200, 503}, summary
    assert last_statuses(deliveries) == {200}, summary
    assert missing(deliveries, books) == [], summary
    assert books.sent_after_the_service_knew() == [], summary
    assert books.last_states() == books.newest_states(), summary
    assert service.process.returncode == 0
