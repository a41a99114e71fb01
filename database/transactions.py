"""Transactions on SQLite and Postgres."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func
from sqlalchemy.exc import SQLAlchemyError

from database.engines import CONNECTIONS, is_sqlite, open_engine
from database.errors import DatabaseUnavailableError, reason
from database.fair_semaphore import FairSemaphore
from database.group_commit import GroupCommit, Item, Result, Write
from database.sqlite import create_file, file_identity, release_space, retry_while_busy

# Any number that no other user of the same database locks.
_EXCLUSIVE_LOCK = 4_105_621_973

_BEGIN_SHARED = "BEGIN; SET LOCAL enable_seqscan = off"
"""How Postgres begins a transaction whose statements find rows by their keys.

A prepared statement keeps the plan that it got while a table was small: to read all of it. That
would take longer with each row, until Postgres analyzes the table.
"""
_BEGIN_VOLATILE = f"{_BEGIN_SHARED}; SET LOCAL synchronous_commit = off"

# One writer per file in this process, even if several Database objects use the file.
_SQLITE_WRITERS: defaultdict[str, FairSemaphore] = defaultdict(partial(FairSemaphore, 1))


def pipelined(connection: Connection) -> AbstractContextManager[Any]:
    """Let Postgres write while the block goes on; SQLAlchemy may not execute anything in it.

    Errors are raised by a later statement, or by the end of the block.
    """
    if connection.dialect.name == "sqlite":
        return nullcontext()
    pipeline: AbstractContextManager[Any] = _driver(connection).pipeline()
    return pipeline


class Database:
    """Transactions on one database.

    Nothing connects before the first transaction. A database that is down at first is used as soon
    as it is up. Every method raises DatabaseUnavailableError if the database fails or takes longer
    than `wait` seconds.
    """

    def __init__(self, url: str, prepare: Callable[[Connection], None], wait: float = 10) -> None:
        """Take an SQLAlchemy URL: `sqlite:///…` or `postgresql+psycopg://…`.

        `prepare` runs in the first transaction, and again until it has succeeded once.
        """
        self._prepare = prepare
        self._wait = wait
        self._is_sqlite = is_sqlite(url)
        self._engine = self._writer = open_engine(url, wait, busy_timeout=wait)
        self._slots = self._write_slots = FairSemaphore(CONNECTIONS)
        if self._is_sqlite:
            self._writer = open_engine(url, wait, busy_timeout=0)
            self._write_slots = _SQLITE_WRITERS[url]
        self._group_commits: defaultdict[Write[Any, Any] | None, GroupCommit]
        self._group_commits = defaultdict(lambda: GroupCommit(self._sharing, wait))
        self._group_read = GroupCommit(self._reading_together, wait)
        self._is_ready = False
        self._path = Path(self._engine.url.database or "").absolute()
        self._file: tuple[int, int] | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction for reading, which does not wait for writers."""
        self.prepare()
        deadline = time.monotonic() + self._wait
        with self._begin(self._engine, self._slots, deadline) as connection:
            _driver(connection).execute("BEGIN")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that commits at the end of the block."""
        self.prepare()
        with self._begin_writing(time.monotonic() + self._wait) as connection:
            yield connection

    @contextmanager
    def deriving(self) -> Iterator[Connection]:
        """Open a transaction for what can be made again, whose statements find rows by keys.

        It does not wait for the disk, and a crash of the machine may undo it.
        """
        with self._sharing(time.monotonic() + self._wait, durable=False) as connection:
            yield connection

    def group_commit(
        self, write: Write[Item, Result], item: Item, *, durable: bool = True
    ) -> Result:
        """Write the item in a transaction shared with other threads, and return its result.

        `write` gets the items of several threads at once. If it raises, each item is written in its
        own transaction, and only the item that caused the error fails. A write that is not
        `durable` does not wait for the disk, and a crash of the machine may undo it.

        On Postgres, each function has its own transactions: it locks rows in a fixed order, which
        two functions one after the other would not, and so processes could deadlock.
        """
        group = self._group_commits[None if self._is_sqlite else write]
        return group.run(write, item, durable=durable)

    def group_read(self, read: Write[Item, Result], item: Item) -> Result:
        """Read for the item in a transaction shared with other threads, and return its result.

        `read` gets the items of several threads at once, as `write` does in `group_commit`.
        """
        return self._group_read.run(read, item)

    @contextmanager
    def exclusive(self) -> Iterator[Connection]:
        """Open a transaction for changing tables: one at a time, without preparing anything."""
        if self._is_sqlite:
            with self._errors():
                create_file(self._path)
            self._file = file_identity(self._path)
        with self._begin_writing(time.monotonic() + self._wait) as connection:
            if not self._is_sqlite:
                connection.execute(func.pg_advisory_xact_lock(_EXCLUSIVE_LOCK))
            yield connection

    def prepare(self) -> None:
        """Prepare the tables, once; any number of processes may do so at the same time."""
        if self._is_ready:
            self._check_file()
            return
        with self.exclusive() as connection:
            self._prepare(connection)
        self._is_ready = True

    def wipe_log(self) -> None:
        """Remove deleted data from SQLite's log, where others could find it.

        Waits for readers of the old data; raises DatabaseUnavailableError if they take too long.
        """
        if not self._is_sqlite:
            return
        with self._errors(), self._engine.connect() as connection:
            is_busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if is_busy:
            raise DatabaseUnavailableError(
                "Deleted data is still in the log beside the database (the file that ends in "
                "-wal), because another process is reading it. Run this again later."
            )

    def release_space(self) -> int:
        """Release free space to the file system; return the bytes. Postgres does so by itself."""
        if not self._is_sqlite:
            return 0
        self.prepare()
        with self._errors(), self._engine.connect() as connection:
            return release_space(_driver(connection))

    def close(self) -> None:
        """Close the idle connections; the next transaction opens one again."""
        self._engine.dispose()
        self._writer.dispose()

    def _check_file(self) -> None:
        """Raise if the SQLite file is missing or another: what a removed file stores is lost.

        The new file is not opened, because the old file's log beside it would corrupt it.
        """
        if self._is_sqlite and file_identity(self._path) != self._file:
            raise DatabaseUnavailableError(
                "The database's file was removed or replaced: restart the service"
            )

    @contextmanager
    def _sharing(self, deadline: float, *, durable: bool) -> Iterator[Connection]:
        self.prepare()
        begin = _BEGIN_SHARED if durable else _BEGIN_VOLATILE
        with self._begin_writing(deadline, begin, durable=durable) as connection:
            yield connection

    @contextmanager
    def _reading_together(self, deadline: float, *, durable: bool) -> Iterator[Connection]:  # noqa: ARG002
        self.prepare()
        with self._begin(self._engine, self._slots, deadline) as connection:
            if self._is_sqlite:
                _driver(connection).execute("BEGIN")
            else:
                _driver(connection).execute(_BEGIN_SHARED, prepare=False)
            yield connection

    @contextmanager
    def _begin_writing(
        self, deadline: float, begin: str = "BEGIN", *, durable: bool = True
    ) -> Iterator[Connection]:
        """Open a transaction; `begin` is for Postgres, `durable` for SQLite."""
        with self._begin(self._writer, self._write_slots, deadline) as connection:
            if self._is_sqlite:
                # SQLite's own waiting misses many free moments and blocks the whole process. The
                # PRAGMA, too, waits on a new connection, which reads the tables for it.
                for statement in (
                    f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}",
                    "BEGIN IMMEDIATE",
                ):
                    left = deadline - time.monotonic()
                    retry_while_busy(_driver(connection), statement, left, pause=0.001)
            else:
                _driver(connection).execute(begin, prepare=False)
            yield connection

    @contextmanager
    def _begin(self, engine: Engine, slots: FairSemaphore, deadline: float) -> Iterator[Connection]:
        with slots.slot(deadline - time.monotonic()) as is_held:
            if not is_held:
                raise DatabaseUnavailableError("The database cannot be used: it is locked or busy")
            with self._errors(), engine.begin() as connection:
                yield connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        driver_error = self._engine.dialect.loaded_dbapi.Error
        try:
            yield
        except (SQLAlchemyError, driver_error, OSError) as error:
            raise DatabaseUnavailableError(
                f"The database cannot be used: {reason(error)}"
            ) from error


def _driver(connection: Connection) -> Any:
    """Return the driver's connection: SQLAlchemy's events and options cost as much as a row."""
    return connection.connection.dbapi_connection
