"""Check JSON Schema's `uniqueItems` in linear time for any items."""

import json
from typing import Any


def are_unique(items: list[Any]) -> bool:
    """Return whether no two items are equal: 1 equals 1.0 but not true."""
    return len({canonical(item) for item in items}) == len(items)


def canonical(item: Any) -> str:
    """Return the same text for equal items, and different texts for different ones.

    Python salts the hashes of texts, but not of numbers, so a sender could pick numbers that
    collide.
    """
    return json.dumps(_with_canonical_numbers(item), sort_keys=True, separators=(",", ":"))


def _with_canonical_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_canonical_numbers(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_with_canonical_numbers(member) for member in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _canonical_number(value)
    return value


def _canonical_number(value: float) -> float:
    """Return the number as float, 0.0 for -0.0; integers that no float equals stay integers."""
    try:
        number = float(value) + 0.0
    except OverflowError:
        return value
    return number if number == value else value
