"""Group commit: what several threads write at the same time is one transaction."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")

MOST = 64


@dataclass(eq=False)
class _Work:
    """What one thread wants written, and what became of it."""

    do: Callable[[Connection], Any]
    turn: threading.Condition
    is_done: bool = False
    result: Any = None
    error: BaseException | None = None


class Together:
    """Runs what threads give it: one of those that wait runs the work of all, one by one.

    No thread of its own: while a transaction is under way others gather for the next.
    """

    def __init__(
        self, begin: Callable[[], AbstractContextManager[Connection]], fatal: type[Exception]
    ) -> None:
        """Take what opens a transaction, and the exception by which all of it fails."""
        self._begin = begin
        self._fatal = (fatal, SQLAlchemyError)
        self._lock = threading.Lock()
        self._waiting: list[_Work] = []
        self._is_running = False

    def run(self, do: Callable[[Connection], T]) -> T:
        """Return what `do` returns, once it is committed; what it raises undoes it alone."""
        work = _Work(do, threading.Condition(self._lock))
        with self._lock:
            self._waiting.append(work)
        while not work.is_done:
            self._run_or_wait(work)
        if work.error is not None:
            raise work.error
        result: T = work.result
        return result

    def _run_or_wait(self, own: _Work) -> None:
        with self._lock:
            while self._is_running and not own.is_done:
                own.turn.wait()
            if own.is_done:
                return
            self._is_running = True
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            self._run(batch)
        finally:
            with self._lock:
                self._is_running = False
                for work in batch:
                    work.is_done = True
                    work.turn.notify()
                if self._waiting:
                    self._waiting[0].turn.notify()

    def _run(self, batch: list[_Work]) -> None:
        try:
            with self._begin() as connection:
                for work in batch:
                    self._one(connection, work)
        except BaseException as error:
            for work in batch:
                work.error = error
            if not isinstance(error, self._fatal):
                raise

    def _one(self, connection: Connection, work: _Work) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.execute("SAVEPOINT one")
        try:
            work.result = work.do(connection)
        except self._fatal:
            raise
        except Exception as error:  # noqa: BLE001 - it is raised where it belongs
            work.error = error
            driver.execute("ROLLBACK TO one")
        driver.execute("RELEASE one")
