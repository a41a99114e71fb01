"""Group commit of what several threads write at the same time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from config import load
from database.errors import DatabaseUnavailableError
from database.transactions import Database
from tests.waiting import wait_until

TIMEOUT = 30


def create_words(connection):
    connection.execute(text("CREATE TABLE IF NOT EXISTS words (word TEXT UNIQUE)"))


def words_database(url, wait=10.0):
    return Database(load(DATABASE_URL=url).database_url, create_words, wait)


@pytest.fixture
def database(empty_database_url):
    database = words_database(empty_database_url)
    yield database
    database.close()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as pool:
        yield pool


class Writer:
    """Stores words, records how they were grouped, and holds them back while `gate` is shut."""

    def __init__(self):
        self.gate, self.is_at_gate = threading.Event(), threading.Event()
        self.groups = []

    def write(self, connection, words):
        self.groups.append(sorted(words))
        self.is_at_gate.set()
        assert self.gate.wait(TIMEOUT)
        for word in words:
            connection.execute(text("INSERT INTO words VALUES (:word)"), {"word": word})
        if "bad" in words:
            raise ValueError("a bad word")
        return [word.upper() for word in words]


def gather(database, pool, writer, words):
    """Write the words while another write is in progress; return the futures in that order."""
    first = pool.submit(database.group_commit, writer.write, "first")
    assert writer.is_at_gate.wait(TIMEOUT)
    others = []
    for word in words:
        others.append(pool.submit(database.group_commit, writer.write, word))
        queued(database, len(others))
    writer.gate.set()
    return [first, *others]


def group(database):
    """Return what the writes of a test share."""
    (group,) = database._group_commits.values()
    return group


def queued(database, count):
    """Wait until the queue has `count` items."""
    wait_until(lambda: len(group(database)._queue) >= count)


def stored(database):
    with database.reading() as connection:
        return sorted(connection.scalars(text("SELECT word FROM words")))


def test_items_that_arrive_during_a_transaction_share_the_next_one(database, pool):
    writer = Writer()

    ends = gather(database, pool, writer, ["a", "b", "c"])

    assert [end.result(TIMEOUT) for end in ends] == ["FIRST", "A", "B", "C"]
    assert (writer.groups, stored(database)) == (
        [["first"], ["a", "b", "c"]],
        ["a", "b", "c", "first"],
    )


def test_an_item_that_fails_is_undone_alone(database, pool):
    writer = Writer()

    first, good, bad, better = gather(database, pool, writer, ["good", "bad", "better"])

    assert [end.result(TIMEOUT) for end in (first, good, better)] == ["FIRST", "GOOD", "BETTER"]
    with pytest.raises(ValueError, match="a bad word"):
        bad.result(TIMEOUT)
    assert stored(database) == ["better", "first", "good"]
    assert sorted(writer.groups[2:]) == [["bad"], ["better"], ["good"]]


def test_a_row_that_the_database_refuses_fails_alone(database, pool):
    writer = Writer()

    ends = gather(database, pool, writer, ["a", "first", "b"])

    assert [ends[place].result(TIMEOUT) for place in (0, 1, 3)] == ["FIRST", "A", "B"]
    with pytest.raises(DatabaseUnavailableError, match=r"(?i)unique"):
        ends[2].result(TIMEOUT)
    assert stored(database) == ["a", "b", "first"]


def test_each_item_of_a_group_gets_its_own_error_if_the_database_fails(database, pool):
    gate, is_at_gate = threading.Event(), threading.Event()

    def write(connection, words):
        is_at_gate.set()
        assert gate.wait(TIMEOUT)
        connection.execute(text("INSERT INTO missing VALUES (1)"))

    first = pool.submit(database.group_commit, write, "first")
    assert is_at_gate.wait(TIMEOUT)
    ends = [first, *(pool.submit(database.group_commit, write, word) for word in "abc")]
    queued(database, 3)
    gate.set()
    errors = [end.exception(TIMEOUT) for end in ends]

    assert {type(error) for error in errors} == {DatabaseUnavailableError}
    assert all("missing" in str(error) for error in errors)
    assert len({id(error) for error in errors}) == 4
    assert database.group_commit(lambda _, words: list(words), "next") == "next"


def test_no_item_waits_longer_than_the_database_timeout(empty_database_url, pool):
    database = words_database(empty_database_url, wait=0.3)
    writer = Writer()
    first = pool.submit(database.group_commit, writer.write, "first")
    assert writer.is_at_gate.wait(TIMEOUT)

    started = time.monotonic()
    late = [pool.submit(database.group_commit, writer.write, word) for word in "abc"]
    errors = [str(one.exception(TIMEOUT)) for one in late]
    took = time.monotonic() - started
    writer.gate.set()

    assert errors == ["The database cannot be used: it is locked or busy"] * 3
    assert 0.25 < took < 3
    assert (first.result(TIMEOUT), stored(database)) == ("FIRST", ["first"])
    database.close()


class Killed(BaseException):
    """What gevent and signals raise in a thread."""


def test_a_thread_killed_while_writing_leaves_no_other_waiting(database, pool):
    gate, is_at_gate = threading.Event(), threading.Event()

    def write(connection, words):
        connection.execute(text("INSERT INTO words VALUES (:word)"), [{"word": w} for w in words])
        if "first" in words:
            is_at_gate.set()
            assert gate.wait(TIMEOUT)
            raise Killed
        return [word.upper() for word in words]

    def submit(word):
        try:
            return database.group_commit(write, word)
        except Killed:
            return "killed"

    killed = pool.submit(submit, "first")
    assert is_at_gate.wait(TIMEOUT)
    others = [pool.submit(submit, word) for word in "ab"]
    queued(database, 2)
    gate.set()

    assert [end.result(TIMEOUT) for end in (killed, *others)] == ["killed", "A", "B"]
    assert stored(database) == ["a", "b"]


def test_a_thread_killed_while_waiting_writes_nothing_and_passes_its_turn_on(
    database, pool, monkeypatch
):
    writer = Writer()
    first = pool.submit(database.group_commit, writer.write, "first")
    assert writer.is_at_gate.wait(TIMEOUT)
    waiting = group(database)._must_write
    kill = threading.Event()

    def killed(job):
        if job.item == "killed":
            assert kill.wait(TIMEOUT)
            raise Killed
        return waiting(job)

    monkeypatch.setattr(group(database), "_must_write", killed)
    dead = pool.submit(database.group_commit, writer.write, "killed")
    queued(database, 1)
    last = pool.submit(database.group_commit, writer.write, "last")
    queued(database, 2)
    kill.set()
    assert isinstance(dead.exception(TIMEOUT), Killed)
    writer.gate.set()

    assert [first.result(TIMEOUT), last.result(TIMEOUT)] == ["FIRST", "LAST"]
    assert stored(database) == ["first", "last"]


def test_every_thread_of_a_crowd_is_served(database):
    def write_some(place):
        words = [f"{place} {number}" for number in range(10)]
        return [database.group_commit(insert, word) for word in words]

    def insert(connection, words):
        connection.execute(text("INSERT INTO words VALUES (:word)"), [{"word": w} for w in words])
        return words

    with ThreadPoolExecutor(64) as crowd:
        written = [word for words in crowd.map(write_some, range(64)) for word in words]

    assert stored(database) == sorted(written)
    assert len(written) == 640


def test_only_non_durable_writes_are_committed_without_waiting_for_the_disk(
    empty_database_url, pool
):
    is_sqlite = empty_database_url.startswith("sqlite")
    waiting = "" if is_sqlite else "%20-csynchronous_commit%3Don"  # not so in the tests' database
    database = words_database(empty_database_url + waiting)
    shown = "PRAGMA synchronous" if is_sqlite else "SHOW synchronous_commit"
    at_work, gate = threading.Event(), threading.Event()

    def how(connection, items):
        at_work.set()
        assert gate.wait(TIMEOUT)
        return [connection.scalar(text(shown))] * len(items)

    first = pool.submit(database.group_commit, how, 1, durable=False)
    assert at_work.wait(TIMEOUT)
    both = [pool.submit(database.group_commit, how, n, durable=bool(n)) for n in (0, 1)]
    gate.set()
    alone = [database.group_commit(how, 1, durable=durable) for durable in (True, False)]
    database.close()

    synced, unsynced = (2, 1) if is_sqlite else ("on", "off")
    assert first.result(TIMEOUT) == unsynced
    assert [one.result(TIMEOUT) for one in both][1] == synced
    assert alone == [synced, unsynced]
