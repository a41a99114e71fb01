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

Lane = str | tuple[str, bytes]
"""Whose place a message takes: its site's, or until its token is proven, that of site and token.

Anybody with the key can name any site, so a message without proof takes none of the site's places
and does not make its site count as one that sends.
"""


class SiteShares:
    """Counts concurrent messages by site, and drops idle sites."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._under_way: Counter[Lane] = Counter()
        self._last_sent: dict[str, float] = {}  # the longest silent first

    def enter(self, lane: Lane) -> bool:
        """Count a message; return False if the lane has used up its share."""
        with self._lock:
            share = self._share(lane) if isinstance(lane, str) else ALONE
            if self._under_way[lane] >= share:
                return False
            self._under_way[lane] += 1
            return True

    def leave(self, lane: Lane) -> None:
        """Stop counting a finished message."""
        with self._lock:
            self._under_way[lane] -= 1
            if not self._under_way[lane]:
                del self._under_way[lane]

    def _share(self, site: str) -> int:
        """Note that a site sends, and return how many messages it may have under way."""
        self._last_sent.pop(site, None)
        self._last_sent[site] = now = self._now()
        while self._last_sent[first := next(iter(self._last_sent))] < now - REMEMBERED:
            del self._last_sent[first]
        return TOGETHER if len(self._last_sent) > 1 else ALONE
