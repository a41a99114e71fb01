"""A circuit breaker: after several failed posts in a row, messages fail at once for a while."""


class CircuitBreaker:
    """Counts consecutive failures; not thread-safe.

    After `limit` failures it opens, and lets one post through every `pause` seconds. The first
    one that succeeds closes it.
    """

    def __init__(self, limit: int, pause: float) -> None:
        self._limit = limit
        self._pause = pause
        self._failures = 0
        self._open_until = float("-inf")
        self._last_failure = float("-inf")

    @property
    def is_open(self) -> bool:
        """Whether `limit` posts in a row have failed and none has succeeded since."""
        return self._failures >= self._limit

    def is_forgettable(self, now: float) -> bool:
        """Whether a new breaker would behave the same: no failures, or none for a pause."""
        return not self._failures or now > max(self._open_until, self._last_failure + self._pause)

    def remaining(self, now: float) -> float:
        """Return the seconds until a post may be tried, 0 if it may be now."""
        return max(0.0, self._open_until - now)

    def post_started(self, now: float) -> None:
        """Block other posts while the single trial post of an open breaker is in progress."""
        if self.is_open:
            self._open_until = now + self._pause

    def post_ended(self, now: float, *, failed: bool) -> None:
        """Count the result of a post."""
        self._failures = self._failures + 1 if failed else 0
        self._last_failure = now if failed else self._last_failure
        self._open_until = now + self._pause if self.is_open else float("-inf")
