"""Limits on concurrent messages per site, so that no site crowds out others."""

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
"""Seconds after its last message during which a site counts as sending."""


class SiteShares:
    """Counts concurrent messages by site, and drops idle sites."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._last_sent: dict[str, float] = {}  # the longest silent first

    def enter(self, site: str) -> bool:
        """Count a message; return False if the site has used up its share."""
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
        """Stop counting a finished message."""
        with self._lock:
            self._under_way[site] -= 1
            if not self._under_way[site]:
                del self._under_way[site]
