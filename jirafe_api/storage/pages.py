"""Pages of events, limited in number and bytes, so that reading one needs little memory."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Function, LargeBinary, Row, Select, Text, cast, func, select

from jirafe_api.storage.events import StoredEvent
from jirafe_api.storage.tables import EVENTS

MOST_BYTES = 10 * 1024 * 1024
"""The greatest size of a page's events together, unless the first alone is larger."""


class Page(NamedTuple):
    """Some of the requested events, and whether there are more."""

    events: list[StoredEvent]
    has_more: bool


def places(connection: Connection, key: Any) -> Select[Any]:
    """Return a query for `key`, `seq` and size of events; all rows of a key are on one page."""
    if connection.dialect.name == "sqlite":
        size: Function[int] = func.length(cast(EVENTS.c.body, LargeBinary))
    else:
        size = func.octet_length(cast(EVENTS.c.body, Text))
    return select(key.label("key"), EVENTS.c.seq, size.label("size"))


def fitting(
    connection: Connection, query: Select[Any], limit: int
) -> tuple[Sequence[Row[Any]], bool]:
    """Return the rows of up to `limit` keys that fit a page, in any order, and if there are more.

    `query` is based on `places`. Only the sizes of the other rows are read.
    """
    seqs, has_more = _first(connection.execute(query), limit)
    rows = connection.execute(select(EVENTS).where(EVENTS.c.seq.in_(seqs))).all()
    return rows, has_more


def _first(found: Iterable[Row[Any]], limit: int) -> tuple[list[int], bool]:
    seqs: list[int] = []
    size = 0
    for number, (_, of_key) in enumerate(groupby(found, lambda row: row.key)):
        rows = list(of_key)
        size += sum(row.size for row in rows)
        if number == limit or (seqs and size > MOST_BYTES):
            return seqs, True
        seqs += [row.seq for row in rows]
    return seqs, False
