"""Transactions: fairness, durability and the files of SQLite."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from database.engines import CONNECTIONS
from database.errors import DatabaseUnavailableError
from database.fair_semaphore import FairSemaphore
from database.statements import Keyed
from database.transactions import pipelined
from tests.database.test_group_commit import TIMEOUT, words_database
from tests.serving import free_port
from tests.waiting import wait_until


@pytest.fixture
def database(empty_database_url):
    database = words_database(empty_database_url)
    yield database
    database.close()


def test_slots_are_given_to_threads_in_order_of_arrival():
    semaphore, order = FairSemaphore(1), []

    def take(name):
        with semaphore.slot(TIMEOUT) as is_held:
            order.append((name, is_held))

    threads = [threading.Thread(target=take, args=[name]) for name in "abcdef"]
    with semaphore.slot(TIMEOUT):
        for place, thread in enumerate(threads, start=1):
            thread.start()
            wait_until(lambda place=place: len(semaphore._waiting) >= place)
    take("late")
    for thread in threads:
        thread.join(TIMEOUT)

    assert order == [(name, True) for name in [*"abcdef", "late"]]


def test_a_wait_in_vain_for_a_slot_loses_no_slot():
    semaphore = FairSemaphore(1)
    with semaphore.slot(TIMEOUT), semaphore.slot(0.01) as is_held:
        assert not is_held
    with semaphore.slot(0) as is_held:
        assert is_held


def test_an_error_while_statements_are_pipelined_undoes_the_whole_transaction(database):
    add = Keyed("INSERT INTO words VALUES (:site)")

    def write(*words):
        with database.deriving() as connection, pipelined(connection):
            for word in words:
                add(connection, word)

    with pytest.raises(DatabaseUnavailableError):
        write("first", "second", "second", "third")
    write("fourth")

    with database.reading() as connection:
        assert list(connection.scalars(text("SELECT word FROM words"))) == ["fourth"]


def test_more_readers_than_connections_are_all_served(database):
    with ThreadPoolExecutor(4 * CONNECTIONS) as crowd:

        def read(_):
            with database.reading() as connection:
                return connection.scalar(text("SELECT 1"))

        assert list(crowd.map(read, range(400))) == [1] * 400


def test_a_caller_gets_an_error_in_time_if_all_connections_are_in_use(empty_database_url):
    database = words_database(empty_database_url, wait=0.2)
    readers = [database.reading() for _ in range(CONNECTIONS)]
    for reader in readers:
        reader.__enter__()
    with pytest.raises(DatabaseUnavailableError, match="locked or busy"), database.reading():
        pass
    for reader in readers:
        reader.__exit__(None, None, None)
    with database.reading() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    database.close()


def test_an_sqlite_file_and_its_log_are_readable_by_their_owner_only(sqlite_url, tmp_path):
    database = words_database(sqlite_url)
    with database.writing() as connection:
        connection.execute(text("INSERT INTO words VALUES ('a')"))
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    database.close()

    assert modes == {"jirafe.db": 0o600, "jirafe.db-wal": 0o600, "jirafe.db-shm": 0o600}


@pytest.mark.parametrize("write", ["writing", "group_commit"])
def test_committed_data_survives_a_power_cut(sqlite_url, tmp_path, write):
    """The files on disk after the commit, including the log, contain the row."""
    database = words_database(sqlite_url)

    def insert(connection, words):
        connection.execute(text("INSERT INTO words VALUES (:word)"), [{"word": w} for w in words])
        return words

    if write == "writing":
        with database.writing() as connection:
            insert(connection, ["a"])
            synchronous = connection.scalar(text("PRAGMA synchronous"))
    else:
        database.group_commit(insert, "a")
        with database.writing() as connection:
            synchronous = connection.scalar(text("PRAGMA synchronous"))
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("jirafe.db", "jirafe.db-wal"):
        (copy / name).write_bytes((tmp_path / name).read_bytes())
    database.close()
    copied = words_database(f"sqlite:///{copy}/jirafe.db")
    with copied.reading() as connection:
        words = list(connection.scalars(text("SELECT word FROM words")))
    copied.close()

    full = 2
    assert (synchronous, words) == (full, ["a"])


def test_an_sqlite_file_frees_the_space_of_deleted_rows(sqlite_url, tmp_path):
    database = words_database(sqlite_url)
    with database.writing() as connection:
        rows = [{"word": f"{number:01000}"} for number in range(5000)]
        connection.execute(text("INSERT INTO words VALUES (:word)"), rows)
    with database.writing() as connection:
        connection.execute(text("DELETE FROM words"))

    freed = database.release_space()
    database.wipe_log()
    size = Path(tmp_path / "jirafe.db").stat().st_size
    database.close()

    assert freed > 5_000_000
    assert size < 100_000


def test_a_file_of_an_earlier_version_frees_space_too(sqlite_url, tmp_path):
    file = tmp_path / "jirafe.db"
    earlier = sqlite3.connect(file)
    earlier.execute("CREATE TABLE words (word TEXT UNIQUE)")
    earlier.executemany("INSERT INTO words VALUES (?)", [(f"{n:01000}",) for n in range(5000)])
    earlier.execute("DELETE FROM words WHERE word > '1'")
    earlier.execute("DELETE FROM words WHERE rowid > 10")
    earlier.commit()
    earlier.close()
    database = words_database(sqlite_url)
    database.prepare()

    freed = database.release_space()
    with database.reading() as connection:
        left = connection.scalar(text("SELECT count(*) FROM words"))
    database.close()

    assert freed > 5_000_000
    assert left == 10


NO_ADDRESS = [
    ("127.0.0.1", "Connection refused"),
    ("localhost", "Connection refused"),
    ("db.invalid", "failed to resolve host (name): "),
    ("/no/such/folder", "No such file or directory"),
]


@pytest.mark.parametrize(("host", "reason"), NO_ADDRESS)
def test_the_error_of_an_unreachable_server_shows_neither_host_nor_port(host, reason):
    port = free_port()
    url = f"postgresql+psycopg://june:pass-word@/shop?host={host}&port={port}"

    with pytest.raises(DatabaseUnavailableError) as raised:
        words_database(url).prepare()

    said = str(raised.value)
    assert said.startswith(f"The database cannot be used: {reason}")
    assert [one for one in (host, str(port), "june", "pass-word", "shop") if one in said] == []


@pytest.mark.parametrize("part", ["username", "database"])
def test_the_error_of_a_refused_login_shows_neither_account_nor_database(empty_postgres_url, part):
    url = make_url(empty_postgres_url).set(
        **{"drivername": "postgresql+psycopg", part: "unknown-one"}
    )

    with pytest.raises(DatabaseUnavailableError) as raised:
        words_database(url.render_as_string(hide_password=False)).prepare()

    said = str(raised.value)
    assert said.startswith("The database cannot be used: FATAL:  ")
    assert [one for one in (url.host, str(url.port), "unknown-one") if one in said] == []
