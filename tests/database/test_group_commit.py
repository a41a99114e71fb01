"""Group commit of what several threads write to an SQLite file."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from database.errors import DatabaseUnavailableError
from database.transactions import Database

WAIT = 30


@pytest.fixture
def database(tmp_path):
    def prepare(connection):
        connection.execute(text("CREATE TABLE kept (word TEXT)"))

    database = Database(f"sqlite:///{tmp_path}/words.db", prepare)
    yield database
    database.close()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as pool:
        yield pool


class Writer:
    """Keeps words, says how they came together, and lets them gather while `gate` is shut."""

    def __init__(self):
        self.gate, self.is_at_gate = threading.Event(), threading.Event()
        self.groups = []

    def keep(self, connection, words):
        self.groups.append(sorted(words))
        self.is_at_gate.set()
        assert self.gate.wait(WAIT)
        for word in words:
            connection.execute(text("INSERT INTO kept VALUES (:word)"), {"word": word})
        if "bad" in words:
            raise ValueError("a bad word")
        return [word.upper() for word in words]


def gather(database, pool, writer, words):
    """Have the words written while another one is: what comes of each, in their order."""
    first = pool.submit(database.together, writer.keep, "first")
    assert writer.is_at_gate.wait(WAIT)
    others = [pool.submit(database.together, writer.keep, word) for word in words]
    together = database._together
    while len(together._waiting) < len(words):
        threading.Event().wait(0.001)
    writer.gate.set()
    return [first, *others]


def kept(database):
    with database.reading() as connection:
        return sorted(connection.scalars(text("SELECT word FROM kept")))


def test_what_gathers_during_a_transaction_shares_the_next(database, pool):
    writer = Writer()

    ends = gather(database, pool, writer, ["a", "b", "c"])

    assert [end.result(WAIT) for end in ends] == ["FIRST", "A", "B", "C"]
    assert (writer.groups, kept(database)) == (
        [["first"], ["a", "b", "c"]],
        ["a", "b", "c", "first"],
    )


def test_one_that_fails_is_undone_alone(database, pool):
    writer = Writer()

    first, good, bad, better = gather(database, pool, writer, ["good", "bad", "better"])

    assert [end.result(WAIT) for end in (first, good, better)] == ["FIRST", "GOOD", "BETTER"]
    with pytest.raises(ValueError, match="a bad word"):
        bad.result(WAIT)
    assert kept(database) == ["better", "first", "good"]
    assert sorted(writer.groups[2:]) == [["bad"], ["better"], ["good"]]


def test_where_the_database_fails_all_of_a_group_fail_and_the_next_is_fine(database, pool):
    writer = Writer()

    def lose(connection, words):
        connection.execute(text("INSERT INTO missing VALUES (1)"))

    lost = [pool.submit(database.together, lose, word) for word in "abc"]
    for end in lost:
        with pytest.raises(DatabaseUnavailableError, match="no such table: missing"):
            end.result(WAIT)
    writer.gate.set()

    assert database.together(writer.keep, "last") == "LAST"
    assert kept(database) == ["last"]
