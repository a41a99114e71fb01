"""The service's own processes ended in mid-delivery."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from tests.faults.harness.books import Books
from tests.faults.harness.faults import Fault, held, in_turn, reset
from tests.faults.harness.hub import GONE, deliver, endpoint, hub_message, missing, post

SETTINGS = {"DELIVERY_DEADLINE": "1.5", "JIRAFE_TIMEOUT": "0.5"}
LEASE = 6.5
"""Seconds that a claim lasts: the deadline and a margin."""

GRACE = 30


@pytest.fixture
def books(upstream):
    books = Books()
    upstream.answer = books.answer
    return books


def kill_workers(service):
    """End the workers, which gunicorn then replaces."""
    for pid in service.workers():
        os.kill(pid, signal.SIGKILL)


def check_that_it_is_sent_later(service, books, in_progress, killed):
    """Check that the message is sent once its lease has ended, and others at once."""
    with ThreadPoolExecutor() as pool:
        other = pool.submit(deliver, service.port, hub_message("order:new", "R2", 1), killed + 20)
        delivery = deliver(service.port, hub_message("order:new", "R1", 1), killed + 20)
        took = time.monotonic() - killed

    assert in_progress.result(30).statuses == [GONE]
    assert set(other.result(30).statuses) <= {GONE, 200}
    assert set(delivery.statuses) <= {GONE, 503, 200}
    assert (delivery.statuses[-1], delivery.levels) == (200, {"info"})
    assert took < LEASE + 3  # one try waits up to the deadline, and then there is a pause
    assert missing([delivery, other.result(30)], books) == []
    assert len(books.accepted) == len(set(books.accepted))


def test_a_message_in_progress_when_all_processes_are_killed_is_sent_later(
    sqlite_url, upstream, books
):
    with held(Fault(False, lambda _: reset)) as (hold, come, go), ThreadPoolExecutor() as pool:
        books.choose = in_turn(hold)
        with endpoint(sqlite_url, upstream.url, workers=1, **SETTINGS) as service:
            in_progress = pool.submit(post, service.port, hub_message("order:new", "R1", 1))
            assert come.wait(20)
            service.kill()
        killed = time.monotonic()
        go.set()
        with endpoint(sqlite_url, upstream.url, service.port, 1, **SETTINGS) as again:
            check_that_it_is_sent_later(again, books, in_progress, killed)


def test_a_message_in_progress_when_its_worker_is_killed_is_sent_later(sqlite_url, upstream, books):
    with (
        held(Fault(False, lambda _: reset)) as (hold, come, go),
        endpoint(sqlite_url, upstream.url, workers=1, **SETTINGS) as service,
        ThreadPoolExecutor() as pool,
    ):
        books.choose = in_turn(hold)
        in_progress = pool.submit(post, service.port, hub_message("order:new", "R1", 1))
        assert come.wait(20)
        kill_workers(service)
        killed = time.monotonic()
        go.set()
        check_that_it_is_sent_later(service, books, in_progress, killed)


def test_requests_in_progress_are_answered_before_the_service_stops(sqlite_url, upstream, books):
    messages = [hub_message("order:new", f"R{number}", 1) for number in range(16)]
    with (
        held() as (hold, _, go),
        endpoint(sqlite_url, upstream.url) as service,
        ThreadPoolExecutor(len(messages)) as pool,
    ):
        books.choose = lambda _: hold
        in_progress = [pool.submit(post, service.port, message) for message in messages]
        deadline = time.monotonic() + 20
        while len(books.accepted) < 5 * len(messages) and time.monotonic() < deadline:
            time.sleep(0.01)
        service.process.terminate()
        told_to_stop = time.monotonic()
        ended_early, _ = wait(in_progress, timeout=0.5)
        go.set()
        deliveries = [one.result(30) for one in in_progress]
        status = service.process.wait(GRACE)
        took = time.monotonic() - told_to_stop

    assert ended_early == set()
    assert [(one.statuses, one.levels) for one in deliveries] == [([200], {"info"})] * 16
    assert (status, took < GRACE) == (0, True)
    assert missing(deliveries, books) == []
    assert len(books.accepted) == len(set(books.accepted)) == 5 * len(messages)
