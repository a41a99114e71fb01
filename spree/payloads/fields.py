"""Lenient access to a shop's JSON: a value of an unexpected type counts as missing."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Record = dict[str, Any]

_MOST_DIGITS = 30  # sums of more could overflow


def record(value: Any) -> Record:
    """Return the value if it is an object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[Record] | None:
    """Return the objects of a list, or None if the value is no list."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else None


def present(values: Mapping[str, Any]) -> Record:
    """Return the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def pick(source: Mapping[str, Any], *names: str) -> Record:
    """Return the named values that are not None."""
    return {name: source[name] for name in names if source.get(name) is not None}


def first(*values: Any) -> Any:
    """Return the first value that is not None, or None."""
    return next((value for value in values if value is not None), None)


def visit(source: Mapping[str, Any]) -> Record:
    """Return the ids of the visit that a shop's pages stored in an order's metadata."""
    columns = "private_metadata", "admin_metadata", "metadata"  # Spree; Solidus; Admin API v3
    stored = first(*(record(source.get(name)).get("jirafe") for name in columns))
    ids = pick(record(stored), "visit_id", "visitor_id", "pageview_id", "last_pageview_id")
    return {name: value for name, value in ids.items() if isinstance(value, str)}


def amount(value: Any) -> Decimal | None:
    """Return a number or a decimal text as an amount, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        return None
    is_plausible = read.is_finite() and abs(read.adjusted()) < _MOST_DIGITS
    return read if is_plausible else None
