"""Ids of a shop's records: order 1 of older versions is `or_UkLWZg9DAJ` in Spree 5.4 and later."""

from functools import lru_cache
from typing import Any

from sqids import Sqids

_SHORTEST, _LONGEST = 10, 20  # characters; the largest database key has 13
_SQIDS = Sqids(min_length=_SHORTEST)  # the default alphabet, as in Spree


def record_id(value: Any) -> str | None:
    """Return the id as the text of the integer that older versions and the database use.

    Ids that do not encode an integer, such as UUIDs, are returned as text. Return None if the
    value is not an id.
    """
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        return None
    text = str(value)
    prefix, _, sqid = text.rpartition("_")
    is_sqid = prefix and _SHORTEST <= len(sqid) <= _LONGEST
    numbers = _decoded(sqid) if is_sqid else []
    return str(numbers[0]) if len(numbers) == 1 else text


def prefixed_id(prefix: str, identifier: str) -> str:
    """Return the id as in Spree 5.4 and later: `("or", "1")` becomes `or_UkLWZg9DAJ`."""
    if not (identifier.isascii() and identifier.isdecimal() and len(identifier) < _LONGEST):
        return identifier
    return f"{prefix}_{_SQIDS.encode([int(identifier)])}"


@lru_cache(maxsize=8192)  # decoding takes 50 µs, and shops sell the same variants again and again
def _decoded(sqid: str) -> list[int]:
    numbers: list[int] = _SQIDS.decode(sqid)
    return numbers
