"""Read and write ISO 8601 times."""

from datetime import UTC, datetime
from functools import lru_cache

_LONGEST = 64


def parse(text: str) -> datetime:
    """Return the time of an ISO 8601 text, by default in UTC. Raise ValueError."""
    if "\0" in text:  # fromisoformat stops reading there
        raise ValueError(text)
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def moment(text: str) -> datetime:
    """Return the time in UTC. Raise ValueError, also outside of the years 1 to 9999."""
    if len(text) > _LONGEST:  # megabytes of digits would stay in memory
        raise ValueError(text)
    return _moment(text)


@lru_cache(maxsize=4096)  # the events of a message name the same few dates
def _moment(text: str) -> datetime:
    try:
        return parse(text).astimezone(UTC)
    except OverflowError as error:  # an hour before year 1
        raise ValueError(text) from error


@lru_cache(maxsize=1024)
def stamp(time: datetime, timespec: str = "milliseconds") -> str:
    """Return an aware time in UTC as text that sorts by time: 2026-03-02T14:06:02.000Z."""
    return time.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
