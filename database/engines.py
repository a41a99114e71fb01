"""How a database is opened: SQLite or Postgres, each with the patience of who asks it."""

import math
import select
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from database.sqlite import when_not_busy

_CONNECTIONS = 4


def open_engine(url: str, wait: float, *, durable: bool) -> Engine:
    """The engine of a URL, which makes nobody wait for more than `wait` seconds.

    Without `durable`, a Postgres server that crashes may forget the last second of what was kept.
    """
    if url.startswith("sqlite"):
        return _sqlite(url, wait)
    return _postgres(url, wait, durable=durable)


def _postgres(url: str, wait: float, *, durable: bool) -> Engine:
    milliseconds = math.ceil(wait * 1000)
    patience = {
        "connect_timeout": math.ceil(wait),
        "tcp_user_timeout": milliseconds,  # where the server is gone without a word
    }
    engine = _engine(url, wait, connect_args=patience)

    @event.listens_for(engine, "connect")
    def tune(connection: Any, _record: Any) -> None:
        connection.execute(f"SET lock_timeout = {milliseconds}")
        if not durable:
            connection.execute("SET synchronous_commit = off")
        connection.commit()

    @event.listens_for(engine, "checkout")
    def replace_closed(connection: Any, _record: Any, _proxy: Any) -> None:
        # An idle connection has nothing to read but its end. A ping would cost a round trip.
        waiting = select.poll()
        waiting.register(connection.fileno(), select.POLLIN)
        if waiting.poll(0):
            raise DisconnectionError

    return engine


def _sqlite(url: str, wait: float) -> Engine:
    engine = _engine(url, wait, connect_args={"timeout": wait})

    @event.listens_for(engine, "connect")
    def tune(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late to be IMMEDIATE
        # Where several switch a new file to WAL at once, SQLite turns some away without waiting.
        when_not_busy(connection, "PRAGMA journal_mode=WAL", wait, pause=0.01)
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


def _engine(url: str, wait: float, **options: Any) -> Engine:
    """An engine whose errors show no data, and whose few connections leave some to others."""
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_timeout=wait,
        **options,
    )
