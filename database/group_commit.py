"""Group commit: what several threads write at the same time is one transaction."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from database.errors import DatabaseUnavailableError

Item = TypeVar("Item")
Made = TypeVar("Made")

Do = Callable[[Connection, Sequence[Item]], Sequence[Made]]
"""Writes what several threads gave, and returns what it made of each."""

MOST = 64

_FATAL = (DatabaseUnavailableError, SQLAlchemyError)
"""What undoes the whole transaction."""


@dataclass(eq=False)
class _Work:
    """What one thread wants written, and what became of it."""

    do: Do[Any, Any]
    item: Any
    turn: threading.Condition
    is_done: bool = False
    made: Any = None
    error: BaseException | None = None


class Together:
    """Writes what threads give it: one of those that wait writes for all.

    No thread of its own: while a transaction is under way others gather for the next.
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[Connection]]) -> None:
        """Take what opens a transaction."""
        self._begin = begin
        self._lock = threading.Lock()
        self._waiting: list[_Work] = []
        self._is_running = False

    def run(self, do: Do[Item, Made], item: Item) -> Made:
        """Return what `do` makes of the item, once it is committed.

        It is called with what has gathered. Where it raises, it is called with each item alone;
        what it raises then is raised here, and undoes this item's writing only.
        """
        work = _Work(do, item, threading.Condition(self._lock))
        with self._lock:
            self._waiting.append(work)
        while not work.is_done:
            self._run_or_wait(work)
        if work.error is not None:
            raise work.error
        made: Made = work.made
        return made

    def _run_or_wait(self, own: _Work) -> None:
        with self._lock:
            while self._is_running and not own.is_done:
                own.turn.wait()
            if own.is_done:
                return
            self._is_running = True
        batch: list[_Work] = []
        try:
            time.sleep(0)  # those that could write now, too, come first
            with self._lock:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
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
        alike: defaultdict[Do[Any, Any], list[_Work]] = defaultdict(list)
        for work in batch:
            alike[work.do].append(work)
        try:
            with self._begin() as connection:
                for works in alike.values():
                    self._all(connection, works)
        except BaseException as error:
            for work in batch:
                work.error = error
            if not isinstance(error, _FATAL):
                raise

    def _all(self, connection: Connection, works: list[_Work]) -> None:
        error = self._try(connection, works)
        if error and len(works) > 1:
            for work in works:
                work.error = self._try(connection, [work])
        elif error:
            works[0].error = error

    def _try(self, connection: Connection, works: list[_Work]) -> Exception | None:
        """Write what works alike; return why that was undone, None where it was not."""
        driver: Any = connection.connection.dbapi_connection
        driver.execute("SAVEPOINT some")
        error: Exception | None = None
        try:
            made = works[0].do(connection, [work.item for work in works])
            for work, one in zip(works, made, strict=True):
                work.made = one
        except _FATAL:
            raise
        except Exception as undone:  # noqa: BLE001 - it is raised where it belongs
            error = undone
            driver.execute("ROLLBACK TO some")
        driver.execute("RELEASE some")
        return error
