"""Databases that are locked, full, away or outdated, and how the store recovers."""

import contextlib
import sqlite3
import threading
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import text

from config import load
from database.errors import DatabaseUnavailableError
from jirafe_endpoint.state.claims import Busy
from jirafe_endpoint.state.results import Claim, Finished
from mappers import Key
from tests.state.fixtures import (
    MESSAGE,
    ORDER,
    REPLY,
    SITE,
    Gate,
    claimed,
    fact,
    make_state,
    remembered,
)


def unavailable(reason):
    return pytest.raises(
        DatabaseUnavailableError, match=f"^The database cannot be used: .*{reason}"
    )


@pytest.fixture
def open_state():
    """Open states that wait for a short time only."""
    with contextlib.ExitStack() as stack:

        def make(url, wait=0.1):
            state = make_state(url, wait=wait)
            stack.callback(state.database.close)
            return state

        yield make


def file_of(url):
    return url.removeprefix("sqlite:///")


def test_nothing_is_claimed_while_another_process_holds_the_sqlite_file(sqlite_url, open_state):
    state = open_state(sqlite_url)
    state.database.prepare()
    with contextlib.closing(sqlite3.connect(file_of(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with unavailable("locked"):
            state.claims.claim(SITE, MESSAGE, [ORDER])
        assert state.dead_letters.list() == []  # reading waits for no writer
        other.execute("COMMIT")

    assert isinstance(state.claims.claim(SITE, MESSAGE, [ORDER]), Claim)


def test_a_claim_that_cannot_be_settled_now_can_be_later(sqlite_url, open_state):
    state = open_state(sqlite_url)
    claim = claimed(state)
    with contextlib.closing(sqlite3.connect(file_of(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with unavailable("locked"):
            state.claims.settle(claim, reply=REPLY)
    state.claims.settle(claim, reply=REPLY)

    assert state.claims.claim(SITE, MESSAGE, [ORDER]) == Finished(REPLY)


def test_threads_take_turns_and_none_waits_forever(sqlite_url, open_state):
    state = open_state(sqlite_url)
    state.database.prepare()
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with state.database.writing():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert entered.wait(10)
    with unavailable("locked"):
        state.claims.claim(SITE, MESSAGE, [ORDER])
    leave.set()
    thread.join(30)

    assert isinstance(state.claims.claim(SITE, MESSAGE, [ORDER]), Claim)


def test_nothing_is_claimed_while_a_postgres_table_is_locked(postgres_url, open_state):
    state = open_state(postgres_url)
    state.database.prepare()
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE endpoint_leases")
        with unavailable("lock timeout"):
            state.claims.claim(SITE, MESSAGE, [ORDER])

    assert isinstance(state.claims.claim(SITE, MESSAGE, [ORDER]), Claim)


def pages(state, number):
    """Limit the file of the state to `number` pages."""
    with state.database.writing() as connection:
        connection.execute(text(f"PRAGMA max_page_count={number}"))


def test_nothing_is_half_done_on_a_full_disk_and_work_continues_with_room(sqlite_url, open_state):
    state = open_state(sqlite_url)
    claim = claimed(state)
    pages(state, 1)  # no more than there are
    large = [fact(value="x" * 100_000)]
    with unavailable("database or disk is full"):
        state.claims.settle(claim, reply=REPLY, facts=large)
    assert state.claims.claim(SITE, MESSAGE, [ORDER]) == Busy()
    pages(state, 10_000)
    state.claims.settle(claim, reply=REPLY, facts=large)

    assert state.claims.claim(SITE, MESSAGE, [ORDER]) == Finished(REPLY)
    assert remembered(state, ORDER) == {ORDER: "x" * 100_000}


def test_nothing_is_claimed_on_a_full_disk(sqlite_url, open_state):
    state = open_state(sqlite_url)
    state.database.prepare()
    pages(state, 1)
    many = [Key("order", str(number)) for number in range(1_000)]
    with unavailable("database or disk is full"):
        state.claims.claim(SITE, MESSAGE, many)
    pages(state, 10_000)

    assert isinstance(state.claims.claim(SITE, MESSAGE, many), Claim)


@pytest.fixture
def gate(postgres_url):
    gate = Gate(urlsplit(postgres_url).port)
    yield gate
    gate.close()


def through(gate, url):
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}@127.0.0.1:{gate.port}").geturl()


def test_a_postgres_that_is_down_at_first_is_used_once_it_is_up(postgres_url, gate, open_state):
    gate.close()
    state = open_state(through(gate, postgres_url), wait=5)
    with unavailable("refused"):
        state.claims.claim(SITE, MESSAGE, [ORDER])
    gate.open()

    assert isinstance(state.claims.claim(SITE, MESSAGE, [ORDER]), Claim)


def test_a_postgres_that_went_down_is_used_again_once_it_is_up(postgres_url, gate, open_state):
    state = open_state(through(gate, postgres_url), wait=5)
    claim = claimed(state)
    gate.close()
    for _ in range(2):
        with unavailable(""):
            state.claims.settle(claim, reply=REPLY)
    gate.open()
    state.claims.settle(claim, reply=REPLY)

    assert state.claims.claim(SITE, MESSAGE, [ORDER]) == Finished(REPLY)


def test_connections_that_postgres_closed_are_replaced_silently(postgres_url, open_state):
    state = open_state(postgres_url, wait=5)
    claim = claimed(state)
    with state.database.reading() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(postgres_url, autocommit=True) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid]).fetchone() == (True,)
    state.claims.settle(claim, reply=REPLY)

    assert state.claims.claim(SITE, MESSAGE, [ORDER]) == Finished(REPLY)


def test_a_postgres_that_dies_in_mid_transaction_leaves_nothing_half_done(postgres_url, open_state):
    state = open_state(postgres_url, wait=5)
    claim = claimed(state)
    with psycopg.connect(postgres_url, autocommit=True) as other:

        def end(connection):
            pid = connection.scalar(text("SELECT pg_backend_pid()"))
            other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
            connection.execute(text("SELECT 1"))

        with unavailable(""), state.database.writing() as connection:
            connection.execute(text("DELETE FROM endpoint_leases"))
            end(connection)
    assert state.claims.claim(SITE, MESSAGE, [ORDER]) == Busy()
    state.claims.settle(claim, reply=REPLY)

    assert state.claims.claim(SITE, MESSAGE, [ORDER]) == Finished(REPLY)


def test_errors_show_no_data_and_no_password(postgres_url, open_state):
    state = open_state(load(DATABASE_URL="postgres://ann:hidden@127.0.0.1:1/shop").database_url)
    with pytest.raises(DatabaseUnavailableError) as raised:
        state.claims.claim("personal-site", "personal-id", [Key("order", "personal")])

    assert not [word for word in ("hidden", "personal") if word in str(raised.value)]
