"""How many messages of one site a process works on at once, so that no site crowds out others."""

import threading
import time
from collections import Counter
from collections.abc import Callable

ALONE = 256
"""Messages under way of a site while no other one sends any."""

TOGETHER = 8
"""Messages under way of a site while others send, too.

Each message waits for the processor behind all others under way, so few keep the wait short.
"""

REMEMBERED = 10.0
"""Seconds after its last message for which a site counts as one that sends."""


class SiteShares:
    """Counts messages under way by site. Sites that send nothing are forgotten."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._last_sent: dict[str, float] = {}  # the longest silent first

    def enter(self, site: str) -> bool:
        """Count a message, unless the site has its share under way; then return False."""
        with self._lock:
            self._last_sent.pop(site, None)
            self._last_sent[site] = now = self._now()
            while self._last_sent[first := next(iter(self._last_sent))] < now - REMEMBERED:
                del self._last_sent[first]
            others = len(self._last_sent) > 1
            share = TOGETHER if others else ALONE
            if self._under_way[site] >= share:
                return False
            self._under_way[site] += 1
            return True

    def leave(self, site: str) -> None:
        """Count one message less."""
        with self._lock:
            self._under_way[site] -= 1
            if not self._under_way[site]:
                del self._under_way[site]
