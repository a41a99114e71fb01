"""Count new events: a few of them before a page is answered, the rest in the background."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from analytics.feed import Feed
from analytics.refresh import Freshness, freshness, refresh
from database.errors import DatabaseUnavailableError
from database.transactions import Database

MOST_EVENTS = 500
"""The number of events that a page waits for, which takes some hundredths of a second."""

_PAUSE = 0.1
"""Seconds after each batch in the background, for serving requests."""

log = logging.getLogger(__name__)


class CatchUp:
    """Keeps the figures of one database up to date. Call it before reading a page's figures.

    After a bulk import, pages show what was counted so far, and how many events are left.
    """

    def __init__(self, database: Database, feed: Feed, now: Callable[[], datetime]) -> None:
        self._database = database
        self._feed = feed
        self._now = now
        self._is_running = threading.Lock()
        self._is_first = True  # a process that was killed may have left days to recompute

    def __call__(self) -> Freshness:
        """Count new events, and return how fresh the figures are.

        Raise DatabaseUnavailableError.
        """
        found = freshness(self._database, self._feed)
        if self._is_running.locked() or not (found.behind or self._is_first):
            return found
        self._is_first = False
        if found.behind > MOST_EVENTS:
            self._start()
            return found
        refresh(self._database, self._feed, self._now())
        return freshness(self._database, self._feed)

    def _start(self) -> None:
        if self._is_running.acquire(blocking=False):
            threading.Thread(target=self._run, name="analytics", daemon=True).start()

    def _run(self) -> None:
        try:
            refresh(self._database, self._feed, self._now(), progress=lambda _: time.sleep(_PAUSE))
        except DatabaseUnavailableError as error:
            log.warning("The figures will be brought up to date later: %s", error)
        finally:
            self._is_running.release()
