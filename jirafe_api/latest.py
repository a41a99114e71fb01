"""The latest state of each id: one look into the index for each, however many states it had."""

from dataclasses import replace
from itertools import groupby

from sqlalchemy import CTE, Connection, func, literal, select, union_all

from jirafe_api import orders
from jirafe_api.stored import StoredEvent, key, stored
from jirafe_api.tables import EVENTS
from jirafe_api.wanted import Wanted

_STATUSES = {"order": ("", "placed", "accepted", "cancelled")}
_NO_STATUS = ("",)


def latest(
    connection: Connection, wanted: Wanted, *, limit: int, after: str | None
) -> list[StoredEvent]:
    """The states of up to `limit` ids of a kind, of those whose key is above `after`, by key.

    A state is the event with the latest `changed_at`, of several the one that came last; an
    order's is made up by `orders.state`. Bounds of time choose the ids that an event came of in
    that time; their states may be of another.
    """
    events = EVENTS.alias().c
    keys = _keys(wanted, limit, after)
    conditions = replace(wanted, id=None, since=None, until=None).of(events)
    newest = [
        select(events.seq)
        .where(*conditions, events.event_id == keys.c.event_id, events.status == status)
        .order_by(events.changed_at.desc(), events.seq.desc())
        .limit(1)
        .scalar_subquery()
        for status in _STATUSES.get(str(wanted.kind), _NO_STATUS)
    ]
    chosen = union_all(*(select(seq.label("seq")).select_from(keys) for seq in newest)).subquery()
    rows = connection.execute(
        select(EVENTS).join(chosen, chosen.c.seq == EVENTS.c.seq).order_by(EVENTS.c.event_id)
    )
    return [
        orders.state([stored(row) for row in steps])
        for _, steps in groupby(rows, lambda row: row.event_id)
    ]


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
