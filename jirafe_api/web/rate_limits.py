"""How much strangers may send: requests per client and minute, bytes per site and day."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable

MINUTE = 60
DAY = 24 * 60 * 60
_MOST_KEYS = 100_000


class Allowance:
    """An amount per key that starts afresh with each window of time, in this process.

    The kept libraries for this run a thread to forget old keys and bound their number by nothing;
    here all are forgotten when a window ends.
    """

    def __init__(
        self, amount: int, seconds: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Allow `amount` per key in each window of `seconds`; 0 allows everything."""
        self._amount = amount
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._window = 0
        self._used: Counter[Hashable] = Counter()

    def seconds_to_wait(self, key: Hashable, cost: int = 1) -> int:
        """Use up `cost` and return 0, or use nothing and return the seconds until there is more."""
        if not self._amount:
            return 0
        now = self._clock()
        with self._lock:
            window = int(now // self._seconds)
            if window != self._window:
                self._window = window
                self._used.clear()
            has_room = key in self._used or len(self._used) < _MOST_KEYS
            if has_room and self._used[key] + cost <= self._amount:
                self._used[key] += cost
                return 0
        return int((window + 1) * self._seconds - now) + 1
