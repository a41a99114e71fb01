"""Databases that are locked, full, away or outdated, and how the store gets over it."""

import contextlib
import sqlite3
import threading
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import text

from database.errors import DatabaseUnavailableError
from jirafe_api.config import load
from jirafe_endpoint.state.claims import Busy, Claim, DeadLetter, Finished, Key, Snapshot
from tests.state.fixtures import (
    DATE,
    MESSAGE,
    ORDER,
    REPLY,
    SITE,
    Gate,
    claimed,
    make_store,
    migrated,
    remembered,
    settle,
)


def unavailable(reason):
    return pytest.raises(
        DatabaseUnavailableError, match=f"^The database cannot be used: .*{reason}"
    )


@pytest.fixture
def open_store():
    """Open stores that wait for a short time only."""
    with contextlib.ExitStack() as stack:

        def make(url, wait=0.1):
            store = make_store(url, wait=wait)
            stack.callback(store.database.close)
            return store

        yield make


def file_of(url):
    return url.removeprefix("sqlite:///")


def test_while_another_holds_the_sqlite_file_nothing_is_claimed_and_then_it_is(
    sqlite_url, open_store
):
    store = open_store(sqlite_url)
    store.database.prepare()
    with contextlib.closing(sqlite3.connect(file_of(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with unavailable("locked"):
            store.state.claim(SITE, MESSAGE, [ORDER], [])
        assert store.dead_letters.list() == []  # reading waits for no writer
        other.execute("COMMIT")

    assert isinstance(store.state.claim(SITE, MESSAGE, [ORDER], []), Claim)


def test_a_claim_that_cannot_be_settled_now_can_be_later(sqlite_url, open_store):
    store = open_store(sqlite_url)
    claim = claimed(store.state)
    with contextlib.closing(sqlite3.connect(file_of(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with unavailable("locked"):
            settle(store.state, claim)
    settle(store.state, claim)

    assert store.state.claim(SITE, MESSAGE, [ORDER], []) == Finished(REPLY)


def test_the_threads_of_a_process_take_turns_and_none_waits_for_ever(sqlite_url, open_store):
    store = open_store(sqlite_url)
    store.database.prepare()
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with store.database.writing():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert entered.wait(10)
    with unavailable("locked"):
        store.state.claim(SITE, MESSAGE, [ORDER], [])
    leave.set()
    thread.join()

    assert isinstance(store.state.claim(SITE, MESSAGE, [ORDER], []), Claim)


def test_while_another_locks_a_table_of_postgres_nothing_is_claimed(postgres_ready, open_store):
    store = open_store(postgres_ready)
    store.database.prepare()
    with psycopg.connect(postgres_ready) as other:
        other.execute("LOCK TABLE endpoint_leases")
        with unavailable("lock timeout"):
            store.state.claim(SITE, MESSAGE, [ORDER], [])

    assert isinstance(store.state.claim(SITE, MESSAGE, [ORDER], []), Claim)


def pages(store, number):
    """Give the file of the store at most so many pages."""
    with store.database.writing() as connection:
        connection.execute(text(f"PRAGMA max_page_count={number}"))


def test_on_a_full_disk_nothing_is_half_done_and_with_room_it_goes_on(sqlite_url, open_store):
    store = open_store(sqlite_url)
    claim = claimed(store.state)
    pages(store, 1)  # no more than there are
    large = {ORDER: Snapshot(DATE, ["x" * 100_000])}
    with unavailable("database or disk is full"):
        settle(store.state, claim, snapshots=large)
    assert store.state.claim(SITE, MESSAGE, [ORDER], []) == Busy()
    pages(store, 10_000)
    settle(store.state, claim, snapshots=large)

    assert store.state.claim(SITE, MESSAGE, [ORDER], []) == Finished(REPLY)
    assert remembered(store.state, ORDER) == large


def test_on_a_full_disk_nothing_is_claimed(sqlite_url, open_store):
    store = open_store(sqlite_url)
    store.database.prepare()
    pages(store, 1)
    many = [Key("order", str(number)) for number in range(1_000)]
    with unavailable("database or disk is full"):
        store.state.claim(SITE, MESSAGE, many, [])
    pages(store, 10_000)

    assert isinstance(store.state.claim(SITE, MESSAGE, many, []), Claim)


@pytest.fixture
def postgres_ready(postgres_url):
    """The URL of a Postgres database with the tables of the endpoint."""
    return migrated(postgres_url)


@pytest.fixture
def gate(postgres_ready):
    gate = Gate(urlsplit(postgres_ready).port)
    yield gate
    gate.close()


def through(gate, url):
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}@127.0.0.1:{gate.port}").geturl()


def test_a_postgres_that_is_away_at_first_is_used_as_soon_as_it_is_there(
    postgres_ready, gate, open_store
):
    gate.close()
    store = open_store(through(gate, postgres_ready), wait=5)
    with unavailable("refused"):
        store.state.claim(SITE, MESSAGE, [ORDER], [])
    gate.open()

    assert isinstance(store.state.claim(SITE, MESSAGE, [ORDER], []), Claim)


def test_a_postgres_that_went_away_is_used_again_when_it_is_back(postgres_ready, gate, open_store):
    store = open_store(through(gate, postgres_ready), wait=5)
    claim = claimed(store.state)
    gate.close()
    for _ in range(2):
        with unavailable(""):
            settle(store.state, claim)
    gate.open()
    settle(store.state, claim)

    assert store.state.claim(SITE, MESSAGE, [ORDER], []) == Finished(REPLY)


def test_connections_that_postgres_closed_are_replaced_unnoticed(postgres_ready, open_store):
    store = open_store(postgres_ready, wait=5)
    claim = claimed(store.state)
    with store.database.reading() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(postgres_ready, autocommit=True) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid]).fetchone() == (True,)
    settle(store.state, claim)

    assert store.state.claim(SITE, MESSAGE, [ORDER], []) == Finished(REPLY)


def test_a_server_of_postgres_that_ends_in_mid_transaction_leaves_nothing_half_done(
    postgres_ready, open_store
):
    store = open_store(postgres_ready, wait=5)
    claim = claimed(store.state)
    with psycopg.connect(postgres_ready, autocommit=True) as other:

        def end(connection):
            pid = connection.scalar(text("SELECT pg_backend_pid()"))
            other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
            connection.execute(text("SELECT 1"))

        with unavailable(""), store.database.writing() as connection:
            connection.execute(text("DELETE FROM endpoint_leases"))
            end(connection)
    assert store.state.claim(SITE, MESSAGE, [ORDER], []) == Busy()
    settle(store.state, claim)

    assert store.state.claim(SITE, MESSAGE, [ORDER], []) == Finished(REPLY)


def test_errors_show_no_data_and_no_password(postgres_ready, open_store):
    store = open_store(load(DATABASE_URL="postgres://ann:hidden@127.0.0.1:1/shop").database_url)
    letter = DeadLetter(SITE, MESSAGE, "order:new", {"email": "ann@example.com"}, [])
    with pytest.raises(DatabaseUnavailableError) as raised:
        store.state.claim("personal-site", "personal-id", [ORDER], [letter.type])

    assert not [word for word in ("hidden", "personal") if word in str(raised.value)]
