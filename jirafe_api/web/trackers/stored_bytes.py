"""Limit the bytes that browsers may store for a site in a day, across all processes."""

import math
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update

from database.tables import Upsert
from database.transactions import Database
from jirafe_api.storage.tables import TRACKER_BYTES

_PORTIONS = 256
"""The number of portions of a day's bytes; a process reserves one portion at a time."""

_START = Upsert(lambda insert: insert(TRACKER_BYTES).on_conflict_do_nothing())


@dataclass
class _Portion:
    """The bytes that this process may still store for a site, and the least amount refused."""

    day: str = ""
    left: int = 0
    refused: float = math.inf


class TrackerBytes:
    """The bytes that may be stored for each site in a day of UTC.

    The database stores how many are reserved, so the limit covers all processes and survives
    restarts. A process that ends leaves the rest of its portion unused.
    """

    def __init__(self, database: Database, now: Callable[[], datetime], most: int) -> None:
        """Allow `most` bytes; 0 allows everything."""
        self._database = database
        self._now = now
        self._most = most
        self._lock = threading.Lock()
        self._portions: defaultdict[str, _Portion] = defaultdict(_Portion)

    def seconds_to_wait(self, site: str, cost: int) -> int:
        """Use up `cost` and return 0, or use nothing and return the seconds to wait for more.

        Call this for known sites only. Raise DatabaseUnavailableError.
        """
        if not self._most:
            return 0
        now = self._now().astimezone(UTC)
        day = now.date().isoformat()
        if self._use(site, day, cost):
            return 0
        if cost < self._portions[site].refused:
            granted = self._reserve(site, day, cost)
            if self._use(site, day, cost, granted):
                return 0
        midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
        return math.ceil((midnight - now).total_seconds())

    def _use(self, site: str, day: str, cost: int, granted: int | None = None) -> bool:
        """Take `cost` from the portion, after adding `granted`; return whether it was enough."""
        with self._lock:
            portion = self._portions[site]
            if portion.day != day:
                portion = self._portions[site] = _Portion(day)
            portion.left += granted or 0
            if portion.left >= cost:
                portion.left -= cost
                return True
            if granted is not None:
                portion.refused = min(portion.refused, cost)
            return False

    def _reserve(self, site: str, day: str, cost: int) -> int:
        """Reserve bytes for this process and return how many; 0 if fewer than `cost` are left."""
        own = TRACKER_BYTES.c.site == site
        today = own & (TRACKER_BYTES.c.day == day)
        used = select(TRACKER_BYTES.c.bytes).where(today).with_for_update()
        with self._database.writing() as connection:
            connection.execute(delete(TRACKER_BYTES).where(own, TRACKER_BYTES.c.day < day))
            _START(connection, [{"site": site, "day": day, "bytes": 0}])
            left = self._most - connection.execute(used).scalar_one()
            granted = min(left, max(cost, self._most // _PORTIONS))
            if granted < cost:
                return 0
            columns = {"bytes": TRACKER_BYTES.c.bytes + granted}
            connection.execute(update(TRACKER_BYTES).where(today).values(columns))
        return int(granted)
