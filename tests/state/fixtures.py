"""The state on SQLite and Postgres, and what its tests need."""

import multiprocessing
import socket
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Table, func, select

from config import load
from database.transactions import Database
from jirafe_endpoint.state import open_state, prepare
from jirafe_endpoint.state.dead_letters import DeadLetter
from jirafe_endpoint.state.results import Claim
from mappers import Fact, Key

LEASE = 30
SITE, MESSAGE = "shop", "m-1"
ORDER = Key("order", "R123")
REPLY = {"message_id": MESSAGE, "notifications": [{"level": "info", "subject": "Order sent"}]}
DATE = "2026-03-02T14:06:02.000Z"
LATER = "2026-03-02T14:06:02.001Z"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ITEMS = [{"id": "i-1", "quantity": 2, "price": 10.5}]

forking = multiprocessing.get_context("fork")


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now=NOON):
        self.now = now

    def __call__(self):
        return self.now

    def move(self, seconds):
        self.now += timedelta(seconds=seconds)


def make_database(url, wait=10.0, **options):
    """Return a database like the endpoint's that is not prepared yet."""
    url = load(DATABASE_URL=url).database_url
    return Database(url, prepare, wait, **options)


def make_state(url, clock=None, wait=10.0):
    """Return the state in a database that is not prepared yet."""
    return open_state(make_database(url, wait), clock or Clock(), LEASE)


def fact(key=ORDER, version=DATE, value=ITEMS, people=()):
    return Fact(key, version, value, tuple(people))


def letter(message_id=MESSAGE, payload=None, errors=("order.number: missing",), **more):
    content = {"type": "order:new", "payload": {"order": {}} if payload is None else payload}
    return DeadLetter(
        **{"site": SITE, "identity": message_id, "message_id": message_id, **content, **more},
        errors=list(errors),
    )


def claimed(state, identity=MESSAGE, locks=(ORDER,), recalls=(), site=SITE, **more):
    """Return the result after asserting that it is a claim."""
    claim = state.claims.claim(site, identity, locks, recalls, **more)
    assert isinstance(claim, Claim)
    return claim


def finish(state, identity=MESSAGE, locks=(ORDER,), reply=REPLY, site=SITE, **kept):
    """Claim a message and settle it."""
    state.claims.settle(claimed(state, identity, locks, site=site), reply=reply, **kept)


def remembered(state, *keys, site=SITE):
    """Return the values remembered for the keys, and release the claim."""
    claim = claimed(state, "to look", (), keys, site=site)
    state.claims.settle(claim)
    return claim.memory


def count(state, table: Table):
    """Return the number of rows in a table."""
    with state.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def migrated(url):
    """Return the URL of an SQLite file after making its tables; Postgres has them already."""
    database = make_database(url)
    database.prepare()
    database.close()
    return url


@pytest.fixture
def ready_url(database_url):
    """Return the URL of a database of each kind with tables."""
    return migrated(database_url)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def state(ready_url, clock):
    """Yield the state on each kind of database in turn."""
    state = make_state(ready_url, clock)
    yield state
    state.database.close()


class Gate:
    """A way to a server, which can be closed and opened again."""

    def __init__(self, port):
        self._to = ("127.0.0.1", port)
        self.port = 0
        self.open()

    def open(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._sockets, self._threads = [self._listener], []
        self._listening = threading.Thread(target=self._listen)
        self._listening.start()

    def close(self):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listening.join(10)
        for end in self._sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for end in self._sockets:
            end.close()

    def _listen(self):
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._to)
                self._sockets += [near, far]
                for pair in ((near, far), (far, near)):
                    self._threads.append(threading.Thread(target=_pump, args=pair))
                    self._threads[-1].start()


def _pump(source, target):
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def running(target, *parts):
    """Run processes, one for each tuple of arguments, and see that all end well."""
    processes = [forking.Process(target=target, args=arguments) for arguments in parts]
    for process in processes:
        process.start()
    try:
        yield processes
        for process in processes:
            process.join(30)
        assert {process.exitcode for process in processes} == {0}
    finally:
        for process in processes:
            process.kill()
