"""Postgres stops, and starts again."""

import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.faults.harness.books import Books
from tests.faults.harness.faults import held, in_turn
from tests.faults.harness.hub import (
    deliver,
    deliver_all,
    endpoint,
    expected,
    hub_message,
    missing,
    post,
)
from tests.faults.harness.own_postgres import own_postgres, postgres_programs
from tests.serving import ROOT

SETTINGS = {"DELIVERY_DEADLINE": "2", "JIRAFE_TIMEOUT": "1"}


@pytest.fixture
def postgres():
    programs = postgres_programs()
    if programs is None:
        pytest.skip("the programs of a Postgres server are not in /usr/lib/postgresql")
    with own_postgres(programs) as server:
        yield server


@pytest.fixture
def books(upstream):
    books = Books()
    upstream.answer = books.answer
    return books


def migrate(url):
    subprocess.run(
        [sys.executable, "-m", "flask", "migrate"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url},
        check=True,
        timeout=30,
    )


def soon():
    return time.monotonic() + 20


def test_the_service_survives_a_postgres_outage(postgres, upstream, books):
    """First its schema is outdated, then it is stopped while idle, and in mid-delivery."""
    with (
        held() as (hold, come, go),
        endpoint(postgres.url, upstream.url, workers=1, **SETTINGS) as service,
        ThreadPoolExecutor() as pool,
    ):
        outdated = post(service.port, hub_message("order:new", "R1", 1))
        migrate(postgres.url)
        first = deliver(service.port, hub_message("order:new", "R1", 1), soon())

        postgres.stop()
        sent = len(books.entries)
        down = [
            post(service.port, hub_message("order:new", f"R{number}", 1)) for number in range(2, 6)
        ]
        sent_while_down = len(books.entries) - sent
        postgres.start()
        after = deliver_all(service.port, [one.envelope for one in down], threads=4, seconds=20)
        again = post(service.port, first.envelope)

        books.choose = in_turn(hold)
        in_progress = pool.submit(post, service.port, hub_message("order:updated", "R1", 2))
        assert come.wait(20)
        postgres.stop("immediate")
        go.set()
        in_the_middle = in_progress.result(30)
        postgres.start()
        repeated = deliver(service.port, in_the_middle.envelope, soon())
        later = deliver(service.port, hub_message("order:updated", "R1", 3), soon())

    assert outdated.statuses == [503]
    assert (first.statuses[-1], first.levels) == (200, {"info"})
    assert [one.statuses for one in down] == [[503]] * 4
    assert [one.retry_after for one in [outdated, *down]] == [["5"]] * 5
    assert sent_while_down == 0
    assert {one.statuses[-1] for one in after} == {200}
    assert (again.statuses, again.answer) == ([200], first.answer)
    assert (in_the_middle.statuses, in_the_middle.retry_after) == ([503], ["5"])
    assert (repeated.statuses[-1], repeated.levels) == (200, {"info"})
    assert (later.statuses[-1], later.levels) == (200, {"info"})
    assert missing([first, *after, repeated, later], books) == []
    twice = [one for one, times in Counter(books.accepted).items() if times > 1]
    assert twice == expected(in_the_middle.envelope)
    assert books.last_states() == books.newest_states()


def test_answered_messages_survive_a_crash_of_postgres(postgres, upstream, books):
    """The reply, the state last sent about the order, and a dead letter."""
    migrate(postgres.url)
    older, newer, unmapped = (
        hub_message("order:updated", "R1", 1),
        hub_message("order:updated", "R1", 2),
        hub_message("cart:new", "", 1),
    )
    with endpoint(postgres.url, upstream.url, workers=1, **SETTINGS) as service:
        before = [post(service.port, one) for one in (newer, unmapped)]
        postgres.stop("immediate")
        postgres.start()
        sent = list(books.accepted)
        after = [deliver(service.port, one, soon()) for one in (newer, older)]
    with psycopg.connect(postgres.url) as connection:
        letters = connection.execute("SELECT count(*) FROM endpoint_dead_letters").fetchone()

    assert [one.statuses for one in before] == [[200], [200]]
    assert after[0].answer == before[0].answer
    assert after[1].left_out == 1
    assert (books.accepted, letters) == (sent, (1,))
