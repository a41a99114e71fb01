"""The circuit breaker of a lane: where posts keep failing, nobody waits for another one."""


class Breaker:
    """Counts posts that failed in a row. Not locked: its lane is.

    After `limit` of them it is open, and lets one post through per `pause` seconds; one that
    succeeds closes it.
    """

    def __init__(self, limit: int, pause: float) -> None:
        """Take the number of failures and the seconds."""
        self._limit = limit
        self._pause = pause
        self._failures = 0
        self._open_until = float("-inf")
        self._last_failure = float("-inf")

    @property
    def is_open(self) -> bool:
        """Whether so many posts failed in a row, and none since did better."""
        return self._failures >= self._limit

    def is_forgettable(self, now: float) -> bool:
        """Whether a new one would do as well: nothing failed, or not for a pause."""
        return not self._failures or now > max(self._open_until, self._last_failure + self._pause)

    def rest(self, now: float) -> float:
        """Return the seconds for which nothing is to be sent, 0 where something may be."""
        return max(0.0, self._open_until - now)

    def post_starts(self, now: float) -> None:
        """Let nothing else through while an open breaker's one post is under way."""
        if self.is_open:
            self._open_until = now + self._pause

    def post_ended(self, now: float, *, failed: bool) -> None:
        """Count the post; the first one that succeeds closes the breaker."""
        self._failures = self._failures + 1 if failed else 0
        self._last_failure = now if failed else self._last_failure
        self._open_until = now + self._pause if self.is_open else float("-inf")
