"""Transactions on SQLite and Postgres, and in what the two differ."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func
from sqlalchemy.exc import SQLAlchemyError

from database.engines import open_engine
from database.errors import DatabaseUnavailableError
from database.group_commit import Do, Item, Made, Together
from database.sqlite import begin_immediate, file_identity

# Any number will do that no other user of the same database locks.
_PREPARATION_LOCK = 4_105_621_973

# Of the threads of this process, one a file, also where several databases are in that.
_WRITING: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class Database:
    """Transactions on the tables that `prepare` sees to.

    Nothing connects before the first transaction, and a database that is down at first is used
    as soon as it is up.
    """

    def __init__(
        self,
        url: str,
        prepare: Callable[[Connection], None],
        wait: float = 10,
        *,
        durable: bool = True,
    ) -> None:
        """Takes an SQLAlchemy URL: `sqlite:///…` or `postgresql+psycopg://…`.

        `prepare` is called in the first transaction, and again until it has succeeded once.
        DatabaseUnavailableError is raised where the database fails or makes others wait for more
        than `wait` seconds. Without `durable`, a Postgres
        server that crashes may forget the last second of what was kept; a process that does, not.
        """
        self._prepare = prepare
        self._is_sqlite = url.startswith("sqlite")
        self._engine = open_engine(url, wait, durable=durable)
        self._writing = _WRITING[url]
        self._wait = wait
        self._is_ready = False
        self._path = Path(self._engine.url.database or "").absolute()
        self._file: tuple[int, int] | None = None
        self._together = Together(self.writing)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that waits for no writer; raise DatabaseUnavailableError."""
        self.prepare()
        with self._transaction(to_write=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that commits at the end; raise DatabaseUnavailableError."""
        self.prepare()
        with self._turn(), self._transaction(to_write=True) as connection:
            yield connection

    def together(self, do: Do[Item, Made], item: Item) -> Made:
        """What `do` makes of the item, in a transaction like `writing`.

        On SQLite, `do` gets the items of several threads at once, and where it raises then, each
        of them alone. What it raises for one alone undoes the writing for that one.
        """
        if self._is_sqlite:
            return self._together.run(do, item)
        with self.writing() as connection:
            (made,) = do(connection, [item])
        return made

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A transaction to change tables in, one at a time; prepares nothing itself."""
        if self._is_sqlite:
            with self._errors():
                self._path.parent.mkdir(exist_ok=True)
                self._path.touch()
            self._file = file_identity(self._path)  # of the one that is opened now
        with self._turn(), self._transaction(to_write=True) as connection:
            if not self._is_sqlite:
                connection.execute(func.pg_advisory_xact_lock(_PREPARATION_LOCK))
            yield connection

    def prepare(self) -> None:
        """Sees to the tables, once; any number of processes may do so at once."""
        if self._is_ready:
            self._look_for_its_file()
            return
        with self.alone() as connection:
            self._prepare(connection)
        self._is_ready = True

    def wipe_log(self) -> None:
        """Leaves nothing of what was deleted in SQLite's log, where others could find it.

        Waits for whoever still reads what was; DatabaseUnavailableError where that takes too long.
        """
        if not self._is_sqlite:
            return
        with self._errors(), self._engine.connect() as connection:
            is_busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if is_busy:
            raise DatabaseUnavailableError(
                "What was deleted is still in the file beside the database that ends in -wal, "
                "for another process is using it: run this again later."
            )

    def close(self) -> None:
        """Closes the idle connections; the next transaction opens one again."""
        self._engine.dispose()

    def _look_for_its_file(self) -> None:
        """Raise where the SQLite file is gone or another, as what is kept in one removed is lost.

        It is not opened anew: beside it is the old one's log, which would spoil it.
        """
        if self._is_sqlite and file_identity(self._path) != self._file:
            raise DatabaseUnavailableError(
                "The database's file was removed or replaced: restart the service"
            )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """The turn of one of the threads that write to a file; at once on Postgres.

        SQLite itself lets those who wait sleep, some of them for a second where many write.
        """
        if not self._is_sqlite:
            yield
            return
        if not self._writing.acquire(timeout=self._wait):
            raise DatabaseUnavailableError("The database cannot be used: database is locked")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def _transaction(self, *, to_write: bool) -> Iterator[Connection]:
        with self._errors(), self._engine.begin() as connection:
            if self._is_sqlite:  # straight to the driver: events and options cost as much as a row
                driver: Any = connection.connection.dbapi_connection
                begin_immediate(driver, self._wait) if to_write else driver.execute("BEGIN")
            yield connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        driver_error = self._engine.dialect.loaded_dbapi.Error
        try:
            yield
        except (SQLAlchemyError, driver_error, OSError) as error:
            reason, _, _ = str(error).partition("\n")
            raise DatabaseUnavailableError(f"The database cannot be used: {reason}") from error
