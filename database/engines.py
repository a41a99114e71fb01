"""SQLAlchemy engines for SQLite and Postgres, with limited waits."""

import json
import math
import select
import sys
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from database.sqlite import retry_while_busy

CONNECTIONS = 4
"""The connections of an engine: group commit writes through one, and the others read.

A process has two engines. Heroku's smallest Postgres accepts 20 connections, which is enough for
two processes and four connections for commands.
"""

_CACHE_KILOBYTES = 8000
"""What an SQLite connection may hold in memory: with less, a batch of 500 events spills over."""

_LOG_PAGES = 4000
"""The size of SQLite's log, about 16 MB, at which it is copied to the file. With a larger log,
pages that change often are copied less often."""


def is_sqlite(url: str) -> bool:
    """Return whether a URL is that of an SQLite file; all others are Postgres."""
    return url.startswith("sqlite")


def open_engine(url: str, wait: float, *, busy_timeout: float) -> Engine:
    """Return the engine for a URL, which waits at most `wait` seconds for a connection.

    `busy_timeout` is how long SQLite itself waits for other processes, in seconds.
    """
    engine = create_engine(
        url,
        hide_parameters=True,  # errors must not show data
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_reset_on_return=None,  # no connection is returned within a transaction
        pool_timeout=wait,
        json_serializer=_to_json,
        connect_args={"timeout": wait} if is_sqlite(url) else _patience(wait),
    )
    if is_sqlite(url):
        _tune_sqlite(engine, wait, busy_timeout)
    else:
        _tune_postgres(engine, wait)
    return engine


def _tune_sqlite(engine: Engine, wait: float, busy_timeout: float) -> None:
    @event.listens_for(engine, "connect")
    def tune(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late to be IMMEDIATE
        # When several processes set up a new file, SQLite fails for some without waiting.
        execute = partial(retry_while_busy, connection, wait=wait, pause=0.01)
        (pages,) = execute("PRAGMA page_count").fetchone()
        if pages == 0:
            execute("PRAGMA auto_vacuum=INCREMENTAL")
        execute("PRAGMA journal_mode=WAL")
        execute("PRAGMA synchronous=FULL")  # a commit is on disk before it returns
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KILOBYTES}")
        connection.execute(f"PRAGMA wal_autocheckpoint={_LOG_PAGES}")
        connection.execute(f"PRAGMA busy_timeout={math.ceil(busy_timeout * 1000)}")


def _patience(wait: float) -> dict[str, int]:
    return {
        "connect_timeout": math.ceil(wait),
        "tcp_user_timeout": math.ceil(wait * 1000),  # for a server that vanishes silently
    }


def _tune_postgres(engine: Engine, wait: float) -> None:
    poll = select.poll
    if "gevent.monkey" in sys.modules:
        from database import green_waiting  # not needed, nor loaded, by commands

        green_waiting.install()
        poll = green_waiting.poll

    @event.listens_for(engine, "connect")
    def tune(connection: Any, _record: Any) -> None:
        connection.autocommit = True  # transactions begin with options, in one round trip
        connection.execute(f"SET lock_timeout = {math.ceil(wait * 1000)}")

    @event.listens_for(engine, "checkout")
    def replace_closed(connection: Any, _record: Any, _proxy: Any) -> None:
        # If an idle connection is readable, it was closed. A ping would cost a round trip.
        waiting = poll()
        waiting.register(connection.fileno(), select.POLLIN)
        if waiting.poll(0):
            raise DisconnectionError


def _to_json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # an integer of more than 64 bits
        return json.dumps(value, separators=(",", ":"))
