"""Read figures for pages without delaying the requests that receive orders."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from gevent import get_hub  # type: ignore[import-untyped]
from gevent.monkey import is_module_patched  # type: ignore[import-untyped]
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from database.errors import DatabaseUnavailableError
from database.transactions import Database

Answer = TypeVar("Answer")
Question = Callable[[Connection], Answer]

MOST_SECONDS = 5

_STEPS = 10_000
"""The number of SQLite instructions between two checks of the time; some milliseconds."""


class TooSlowError(Exception):
    """The question took longer than MOST_SECONDS."""


class Reader:
    """Reads one database. Raises TooSlowError and DatabaseUnavailableError.

    Waiting for Postgres does not block other requests. SQLite computes in this process, so it gets
    a separate thread with its own connections; otherwise it would block all gevent requests.
    """

    def __init__(self, url: str, database: Database) -> None:
        self._database = database
        self._is_file = url.startswith("sqlite")
        self._own = create_engine(url, poolclass=NullPool)

    def ask(self, question: Question[Answer]) -> Answer:
        """Return the answer to a question."""
        if not self._is_file:
            return self._ask_server(question)
        with self._database.reading():  # makes sure that the file and its tables exist
            pass
        if is_module_patched("threading"):
            answer: Answer = get_hub().threadpool.apply(self._ask_file, (question,))
            return answer
        return self._ask_file(question)

    def _ask_server(self, question: Question[Answer]) -> Answer:
        started = time.monotonic()
        try:
            with self._database.reading() as connection:
                connection.execute(text(f"SET LOCAL statement_timeout = '{MOST_SECONDS}s'"))
                return question(connection)
        except DatabaseUnavailableError as error:
            raise _too_slow(started, error) from error

    def _ask_file(self, question: Question[Answer]) -> Answer:
        started = time.monotonic()
        try:
            with self._own.connect() as connection:
                driver: Any = connection.connection.dbapi_connection
                driver.execute("PRAGMA query_only=ON")
                ends = started + MOST_SECONDS
                driver.set_progress_handler(lambda: time.monotonic() > ends, _STEPS)
                return question(connection)
        except DBAPIError as error:
            reason = str(error.orig)
            unavailable = DatabaseUnavailableError(f"The database cannot be used: {reason}")
            raise _too_slow(started, unavailable) from error


def _too_slow(started: float, error: Exception) -> Exception:
    return TooSlowError() if time.monotonic() >= started + MOST_SECONDS else error
