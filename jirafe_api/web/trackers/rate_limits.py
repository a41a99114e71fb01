"""Limit the requests of browsers, per client, site and minute."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable

MINUTE = 60
_MOST_KEYS = 100_000


class Allowance:
    """An amount per key and window of time, in this process.

    Keys contain the addresses of clients, which are not stored, so processes do not share them.

    The maintained libraries for this start a thread that expires keys, and do not limit the number
    of keys. Here, all keys are dropped when a window ends.
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
        """Use up `cost` and return 0, or use nothing and return the seconds to wait for more."""
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
