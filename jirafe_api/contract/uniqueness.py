"""Whether the items of an array are unique, as JSON Schema has it, in time that nobody picks."""

import json
from typing import Any


def are_unique(items: list[Any]) -> bool:
    """True where no two items are equal: 1 is 1.0, but not true."""
    return len({stand_in(item) for item in items}) == len(items)


def stand_in(item: Any) -> str:
    """A text that equal items alone share.

    Texts are hashed with a secret. Numbers are not: of many that hash alike, each would be
    compared with all the others.
    """
    return json.dumps(_with_one_form_of_numbers(item), sort_keys=True, separators=(",", ":"))


def _with_one_form_of_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_one_form_of_numbers(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_with_one_form_of_numbers(member) for member in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    return value


def _number(value: float) -> float:
    """The float that is equal, and 0.0 for -0.0; an integer that no float equals as it is."""
    try:
        number = float(value) + 0.0
    except OverflowError:
        return value
    return number if number == value else value
