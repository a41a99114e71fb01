"""Times as they stand in requests, events and columns."""

from datetime import UTC, datetime


def told(text: str) -> datetime:
    """The time that an ISO 8601 text tells, in UTC where it names no zone; ValueError if none."""
    if "\0" in text:  # where fromisoformat stops to read
        raise ValueError(text)
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def moment(text: str) -> datetime:
    """The same in UTC; ValueError also where no year of four digits has it."""
    try:
        return told(text).astimezone(UTC)
    except OverflowError as error:  # an hour before year 1
        raise ValueError(text) from error


def stamp(time: datetime, timespec: str = "milliseconds") -> str:
    """An aware time in UTC as texts of one length that sort by it: 2026-03-02T14:06:02.000Z."""
    return time.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
