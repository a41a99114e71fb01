"""Readiness checks, with a time limit and a short cache, and the checks of the database.

The problems that they report are public, so they show no addresses or accounts.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from sqlalchemy import select

from database import migrations
from database.errors import DatabaseUnavailableError, SchemaError
from database.transactions import Database

EXTENSION = "jirafe_endpoint_readiness"
"""The key of the checks in `app.extensions`."""

Check = Callable[[], str | None]
"""Returns a description of the problem, which is public, or None."""

LIMIT = 2.0
"""Seconds that a check may take."""

REUSED = 1.5
"""Seconds for which a result is reused."""

log = logging.getLogger(__name__)


class Readiness:
    """Runs checks in parallel, each in its own thread, and reuses recent results.

    A check never runs twice at the same time, however many requests come in. One that hangs is
    left running.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        """Take the checks by name."""
        self._checks = {name: _Watched(name, check) for name, check in checks.items()}

    def problems(self) -> dict[str, str | None]:
        """Return the problem that each check found, or None, within LIMIT seconds."""
        for check in self._checks.values():
            check.start()
        return {name: check.result() for name, check in self._checks.items()}


class _Watched:
    """A check with its thread and last result."""

    def __init__(self, name: str, check: Check) -> None:
        self._name = name
        self._check = check
        self._changed = threading.Condition()
        self._is_running = False
        self._started = self._ended = float("-inf")
        self._problem: str | None = None

    def start(self) -> None:
        """Start the check unless it is running or its last result can be reused."""
        with self._changed:
            now = time.monotonic()
            if self._is_running or now < self._ended + REUSED:
                return
            self._is_running, self._started = True, now
        # A daemon thread, so that a hanging check does not keep the process alive.
        threading.Thread(target=self._run, name=f"check {self._name}", daemon=True).start()

    def result(self) -> str | None:
        with self._changed:
            left = self._started + LIMIT - time.monotonic()
            if self._changed.wait_for(lambda: not self._is_running, max(0, left)):
                return self._problem
        return f"No answer within {LIMIT:g} seconds."

    def _run(self) -> None:
        try:
            problem = self._check()
        except Exception as error:  # any error means not ready
            log.exception("The check of %s failed", self._name)
            problem = f"Unexpected {type(error).__name__}."
        with self._changed:
            if problem and problem != self._problem:
                log.warning("Not ready: %s: %s", self._name, problem)
            self._problem = problem
            self._is_running, self._ended = False, time.monotonic()
            self._changed.notify_all()


def reachable(database: Database) -> str | None:
    """Return why the database does not answer, or None."""
    try:
        with database.reading() as connection:
            connection.execute(select(1))
    except SchemaError:
        return None
    except DatabaseUnavailableError:
        return "The database cannot be used."
    return None


def migrated(database: Database) -> str | None:
    """Return the schema's problem, or None if it is the one that this version needs."""
    try:
        with database.reading() as connection:
            migrations.check(connection)
    except SchemaError as error:
        return str(error)
    except DatabaseUnavailableError:
        return "Not known, because the database cannot be used."
    return None
