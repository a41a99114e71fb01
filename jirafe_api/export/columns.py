"""The columns of a kind of event, from its schema: the same whatever the events hold."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jirafe_api.contract.schema_members import Schema, members, whole
from jirafe_api.contract.validation import SCHEMAS
from jirafe_api.storage.events import StoredEvent

ENVELOPE = ("seq", "site", "version", "received_at")
"""What comes first: of the event's arrival, not of itself."""

REST = "rest"
"""The last column: JSON of what of the event is in no other."""

NUMBER, INTEGER, TRUTH, TEXT, JSON = "number", "integer", "boolean", "string", "json"

DECIMALS, DIGITS = 18, 38
"""Numbers have so many places after the point, of so many digits: what readers of Parquet take."""


@dataclass(frozen=True)
class Column:
    """A part of an event by its path; `type` is NUMBER, INTEGER, TRUTH, TEXT or JSON."""

    path: tuple[str, ...]
    type: str

    @property
    def name(self) -> str:
        """The path with dots; one that would be taken for the envelope's begins with `event.`."""
        dotted = ".".join(self.path)
        return f"event.{dotted}" if dotted in (*ENVELOPE, REST) else dotted


def columns(kind: str) -> list[Column]:
    """The columns of a kind, in the order of its schema; none where it has no schema.

    Objects are taken apart. What has no end of members, such as items, stands in one as JSON.
    """
    return list(_columns(whole(kind), ())) if kind in SCHEMAS else []


def _columns(schema: Schema, path: tuple[str, ...]) -> Iterator[Column]:
    for name, member in members(schema).items():
        inner = list(_columns(member, (*path, name)))
        yield from inner or [Column((*path, name), _type(member))]


def _type(schema: Schema) -> str:
    if "enum" in schema:
        return TEXT
    told = schema.get("type")
    return told if told in (NUMBER, INTEGER, TRUTH, TEXT) else JSON


class Sheet:
    """The columns of a kind, and what of an event stands in each."""

    def __init__(self, kind: str) -> None:
        """Takes the name of the kind."""
        self.columns = columns(kind)
        self.names = [*ENVELOPE, *(column.name for column in self.columns), REST]
        self._types = {column.path: column.type for column in self.columns}
        self._objects = {path[:end] for path in self._types for end in range(1, len(path))}

    def row(self, stored: StoredEvent) -> list[Any]:
        """The values by column; None where there is none.

        Numbers are Decimals of the very digits that the event has. What is of another type than
        its column, or does not fit, is in the rest.
        """
        told: dict[tuple[str, ...], Any] = {}
        rest = self._split(stored.event, (), told)
        envelope = [getattr(stored, name) for name in ENVELOPE]
        own = [told.get(column.path) for column in self.columns]
        return [*envelope, *own, _json(rest) if rest else None]

    def _split(
        self, event: Mapping[str, Any], path: tuple[str, ...], told: dict[tuple[str, ...], Any]
    ) -> dict[str, Any]:
        """Sorts the members of an event, and returns those that are in no column."""
        rest = {}
        for name, value in event.items():
            inner = (*path, name)
            fitting = _fitting(value, self._types[inner]) if inner in self._types else None
            if fitting is not None:
                told[inner] = fitting
            elif inner in self._objects and isinstance(value, dict) and value:
                if left := self._split(value, inner, told):
                    rest[name] = left
            else:
                rest[name] = value
        return rest


def _fitting(value: Any, its_type: str) -> Any:
    """The value as it stands in a column of a type; None where it does not fit."""
    if value is None:
        return None
    if its_type == JSON:
        return _json(value)
    if its_type == TEXT:
        return value if isinstance(value, str) else None
    if isinstance(value, bool):
        return value if its_type == TRUTH else None
    if its_type == INTEGER:
        return value if isinstance(value, int) and -(2**63) <= value < 2**63 else None
    return _number(value) if its_type == NUMBER and isinstance(value, int | float) else None


def _number(value: float) -> Decimal | None:
    number = Decimal(repr(value))
    exponent = number.as_tuple().exponent
    is_fit = isinstance(exponent, int) and exponent >= -DECIMALS
    return number if is_fit and number.adjusted() < DIGITS - DECIMALS else None


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
