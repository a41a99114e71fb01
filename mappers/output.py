"""The form in which values leave: JSON numbers, UTC dates, no nulls."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from mappers.fields import LARGEST


def first(*values: Any) -> Any:
    """Return the first of the values that is one (not None)."""
    for value in values:
        if value is not None:
            return value
    return None


def present(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body without the keys that have no value."""
    return {key: value for key, value in body.items() if value is not None}


def number(amount: Decimal) -> int | float:
    """Return the amount as the JSON number that reads as it was written: 5, 22.99, 10.0."""
    text = str(amount)
    if text.lstrip("-").isdecimal() and -LARGEST <= (whole := int(text)) <= LARGEST:
        return whole
    return float(text) + 0.0  # which makes 0.0 of -0.0


@lru_cache(maxsize=1024)  # a message tells the same few moments again and again
def timestamp(moment: datetime) -> str:
    """Return the moment as `2013-06-17T15:16:10.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"  # for +00:00
