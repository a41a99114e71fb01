"""The columns of a kind of event, derived from its schema and not from the events."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jirafe_api.contract.json_schemas import SCHEMAS, Schema, members, whole
from jirafe_api.storage.events import StoredEvent
from jirafe_api.times import moment

ENVELOPE = ("seq", "site", "version", "received_at")
"""The first columns, which are about the event's arrival and not part of it."""

REST = "rest"
"""The last column: JSON of everything that is in no other column."""

NUMBER, INTEGER, TRUTH, TEXT, JSON = "number", "integer", "boolean", "string", "json"
TIME = "time"

ORDER_ITEMS = "order_items"
"""A table with a row for each item in the latest states of orders."""

ORDER_MEMBERS = ("order_date", "currency", "cart_id")
"""The members of the order that each item has, in addition to its number and status."""

DECIMALS, DIGITS = 18, 38
"""Decimal places and digits of numbers, which every reader of Parquet supports."""


@dataclass(frozen=True)
class Column:
    """A member of an event, by its path; `type` is one of the names above."""

    path: tuple[str, ...]
    type: str

    @property
    def name(self) -> str:
        """The path with dots, after `event.` if it would equal the name of another column."""
        dotted = ".".join(self.path)
        return f"event.{dotted}" if dotted in (*ENVELOPE, REST) else dotted


def columns(kind: str) -> list[Column]:
    """Return the columns of a kind in the order of its schema; none if it has no schema.

    Objects are split into columns. Lists, such as items, are one column of JSON.
    """
    if kind == ORDER_ITEMS:
        return list(_columns(_item_schema(), ()))
    return list(_columns(whole(kind), ())) if kind in SCHEMAS else []


def _item_schema() -> Schema:
    order = members(whole("order"))
    about = {name: order[name] for name in ("status", *ORDER_MEMBERS)}
    item = members(whole("order-item"))
    own = {"order_number": order["order_number"], "order": {"properties": about}}
    return {"properties": own | item}


def _columns(schema: Schema, path: tuple[str, ...]) -> Iterator[Column]:
    for name, member in members(schema).items():
        inner = list(_columns(member, (*path, name)))
        yield from inner or [Column((*path, name), _type(name, member))]


def _type(name: str, schema: Schema) -> str:
    if "enum" in schema:
        return TEXT
    if name.endswith("_date") and schema.get("type") == TEXT:
        return TIME
    declared = schema.get("type")
    return declared if declared in (NUMBER, INTEGER, TRUTH, TEXT) else JSON


class Sheet:
    """The columns of a kind, and the rows of its events."""

    def __init__(self, kind: str) -> None:
        self.columns = columns(kind)
        self.names = [*ENVELOPE, *(column.name for column in self.columns), REST]
        self._types = {column.path: column.type for column in self.columns}
        self._objects = {path[:end] for path in self._types for end in range(1, len(path))}

    def row(self, stored: StoredEvent) -> list[Any]:
        """Return the values by column, None if missing.

        Numbers are Decimals with the digits of the stored event. Values that do not fit their
        column are in the rest.
        """
        values: dict[tuple[str, ...], Any] = {}
        rest = self._split(stored.event, (), values)
        envelope = [getattr(stored, name) for name in ENVELOPE]
        own = [values.get(column.path) for column in self.columns]
        return [*envelope, *own, _json(rest) if rest else None]

    def _split(
        self, event: Mapping[str, Any], path: tuple[str, ...], values: dict[tuple[str, ...], Any]
    ) -> dict[str, Any]:
        """Fill in the values of an event's members, and return those that have no column."""
        rest = {}
        for name, value in event.items():
            inner = (*path, name)
            fitting = _fitting(value, self._types[inner]) if inner in self._types else None
            if fitting is not None:
                values[inner] = fitting
            elif inner in self._objects and isinstance(value, dict) and value:
                if left := self._split(value, inner, values):
                    rest[name] = left
            else:
                rest[name] = value
        return rest


def _fitting(value: Any, its_type: str) -> Any:
    """Return the value for a column of this type; None if it does not fit."""
    if value is None:
        return None
    if its_type == JSON:
        return _json(value)
    if its_type == TEXT:
        return value if isinstance(value, str) else None
    if its_type == TIME:
        return value if _is_time(value) else None
    if isinstance(value, bool):
        return value if its_type == TRUTH else None
    if its_type == INTEGER:
        return value if isinstance(value, int) and -(2**63) <= value < 2**63 else None
    return _number(value) if its_type == NUMBER and isinstance(value, int | float) else None


def _is_time(value: Any) -> bool:
    try:
        moment(value)
    except (TypeError, ValueError):
        return False
    return True


def _number(value: float) -> Decimal | None:
    number = Decimal(repr(value))
    exponent = number.as_tuple().exponent
    is_fit = isinstance(exponent, int) and exponent >= -DECIMALS
    return number if is_fit and number.adjusted() < DIGITS - DECIMALS else None


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
