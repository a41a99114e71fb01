"""The latest state of each id: one look into the index for each, however many states it had."""

from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    func,
    literal,
    select,
    union,
)

from jirafe_api.storage import order_state
from jirafe_api.storage.event_filter import Wanted
from jirafe_api.storage.stored_event import StoredEvent, key, stored
from jirafe_api.storage.tables import EVENTS

_Seq = ScalarSelect[int]


def latest(
    connection: Connection, wanted: Wanted, *, limit: int, after: str | None
) -> list[StoredEvent]:
    """The states of up to `limit` ids of a kind, of those whose key is above `after`, by key.

    A state is the event with the latest `changed_at`, of several the one that came last; an
    order's is made up by `order_state.state`. Bounds of time choose the ids that an event came of
    in that time; their states may be of another.
    """
    keys = _keys(wanted, limit, after)
    wanted = replace(wanted, id=None, since=None, until=None)
    found = _of_orders(wanted, keys) if wanted.kind == "order" else [_newest(wanted, keys, "")]
    chosen = union(*(select(seq.label("seq")).select_from(keys) for seq in found)).subquery()
    rows = connection.execute(
        select(EVENTS).join(chosen, chosen.c.seq == EVENTS.c.seq).order_by(EVENTS.c.event_id)
    )
    return [
        order_state.state([stored(row) for row in steps])
        for _, steps in groupby(rows, lambda row: row.event_id)
    ]


def _of_orders(wanted: Wanted, keys: CTE) -> list[_Seq]:
    """All that `order_state.state` goes by: an event may be found in two ways."""
    newest = [_newest(wanted, keys, status) for status in ("", "placed", "accepted")]
    return [*newest, _end(wanted, keys), _accepted_again(wanted, keys)]


def _newest(wanted: Wanted, keys: CTE, status: str) -> _Seq:
    events = EVENTS.alias().c
    query = select(events.seq).where(*_each(wanted, keys, events, status))
    return _first(query.order_by(events.changed_at.desc(), events.seq.desc()), keys)


def _end(wanted: Wanted, keys: CTE) -> _Seq:
    """The latest cancellation, of several with one date the first that came."""
    events = EVENTS.alias().c
    query = select(events.seq).where(*_each(wanted, keys, events, "cancelled"))
    return _first(query.order_by(events.changed_at.desc(), events.seq), keys)


def _accepted_again(wanted: Wanted, keys: CTE) -> _Seq:
    """The newest acceptance that both came after the cancellation and has a later date."""
    events, end = EVENTS.alias().c, EVENTS.alias().c
    query = select(events.seq).where(
        *_each(wanted, keys, events, "accepted"),
        end.seq == _end(wanted, keys),
        events.seq > end.seq,
        events.changed_at > end.changed_at,
    )
    return _first(query.order_by(events.changed_at.desc(), events.seq.desc()), keys)


def _each(wanted: Wanted, keys: CTE, events: Any, status: str) -> list[ColumnElement[bool]]:
    return [*wanted.of(events), events.event_id == keys.c.event_id, events.status == status]


def _first(query: Select[int], keys: CTE) -> _Seq:
    return query.limit(1).correlate(keys).scalar_subquery()


def _keys(wanted: Wanted, limit: int, after: str | None) -> CTE:
    """The keys, each found in the index from the one before: no database skips by itself."""
    if wanted.id is not None:
        return select(literal(key(wanted.id)).label("event_id")).cte()
    events = EVENTS.alias().c
    smallest = select(func.min(events.event_id).label("event_id")).where(*wanted.of(events))
    first = smallest if after is None else smallest.where(events.event_id > after)
    walk = first.add_columns(literal(1).label("place")).cte(recursive=True)
    following = smallest.where(events.event_id > walk.c.event_id).scalar_subquery()
    further = select(following, walk.c.place + 1).where(
        walk.c.event_id.is_not(None), walk.c.place < limit
    )
    return walk.union_all(further)
