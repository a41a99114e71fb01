"""The current time, and dates that are ahead of it."""

from datetime import datetime, timedelta

from msgspec import Struct

from mappers.reading.values import timestamp

_AHEAD = timedelta(days=1)


class Clock(Struct, frozen=True, gc=False):
    """The time at which a message is mapped: aware, and in the form of Jirafe's dates."""

    moment: datetime
    now: str

    @classmethod
    def at(cls, moment: datetime) -> "Clock":
        """Return the clock at an aware moment."""
        return cls(moment, timestamp(moment))

    def clamped(self, date: str) -> str:
        """Return the date, or now if the date is more than a day ahead.

        Otherwise every later state would count as outdated.
        """
        if date <= self.now:
            return date
        return self.now if date > timestamp(self.moment + _AHEAD) else date
