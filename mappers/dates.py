"""The clock, and dates that lie ahead of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mappers.reading.values import timestamp

_AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class Clock:
    """The time at which a message is mapped; `now` and `limit` have the form of Jirafe's dates.

    A state dated after `limit` would outdate all that follow it, so it is dated now.
    """

    now: str
    limit: str

    @classmethod
    def at(cls, now: datetime) -> "Clock":
        """Return the clock at an aware moment."""
        return cls(timestamp(now), timestamp(now + _AHEAD))

    def clamped(self, date: str) -> str:
        """Return the date, now if it lies more than a day ahead."""
        return self.now if date > self.limit else date
