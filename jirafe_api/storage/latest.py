"""Find the latest state of each id with one index lookup, however many states it has had."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from sqlalchemy import (
    CTE,
    Connection,
    ScalarSelect,
    Select,
    func,
    literal,
    select,
    union,
)

from jirafe_api.contract.kinds import V1_TRACKED
from jirafe_api.storage.events import EMPTIED, EventFilter, StoredEvent, from_row, has_items_left
from jirafe_api.storage.pages import Page, fitting, places
from jirafe_api.storage.tables import EVENTS

_Seq = ScalarSelect[int]

_ORDER_STATUSES = ("", "placed", "accepted", EMPTIED, "cancelled")


def latest(connection: Connection, wanted: EventFilter, *, limit: int, after: str | None) -> Page:
    """Return the states of up to `limit` ids of a kind with keys above `after`, by key.

    The state is the event with the latest date, or of several the one that arrived last; an order's
    is merged from several. Anybody can send events from browsers, so for these, the first event of
    an id stays its state. Limits of time select the ids with an event that arrived in that time.
    """
    keys = _keys(wanted, limit + 1, after)
    whenever = replace(wanted, id=None, since=None, until=None)
    if wanted.kind in V1_TRACKED:
        found = [_first_tracked(whenever, keys)]
    else:
        statuses = _ORDER_STATUSES if wanted.kind == "order" else ("",)
        found = [_newest(whenever, keys, status) for status in statuses]
    chosen = union(*(select(seq.label("seq")).select_from(keys) for seq in found)).subquery()
    query = places(connection, EVENTS.c.event_id).join(chosen, chosen.c.seq == EVENTS.c.seq)
    rows, has_more = fitting(connection, query.order_by(EVENTS.c.event_id), limit)
    by_key = sorted(rows, key=lambda row: row.event_id)
    states = [
        order_state([from_row(row) for row in of_key])
        for _, of_key in groupby(by_key, lambda row: row.event_id)
    ]
    return Page(states, has_more)


def order_state(states: Sequence[StoredEvent]) -> StoredEvent:
    """Return an order merged from its events; for anything else, return its only event.

    The newest placed, accepted and cancelled events are merged in this order. A cancelled order is
    accepted again only by a newer acceptance, by date and then arrival, with an item left. An order
    of version 1 has no status and is one event.
    """
    newest = {status: _newest_of(states, status) for status in ("placed", "accepted", "cancelled")}
    cancelled = newest["cancelled"]
    if cancelled and any(_revives(state, cancelled) for state in states):
        newest["cancelled"] = None
    steps = [step for step in newest.values() if step]
    without_status = _newest_of(states, None)
    if without_status and all(step.age < without_status.age for step in steps):
        return without_status
    event = {name: value for step in steps for name, value in step.event.items()}
    last = max(steps, key=lambda step: step.seq)
    return replace(last, status=steps[-1].status, event=event)


def _newest_of(states: Sequence[StoredEvent], status: str | None) -> StoredEvent | None:
    alike = (state for state in states if state.status == status)
    return max(alike, key=lambda state: state.age, default=None)


def _revives(state: StoredEvent, cancelled: StoredEvent) -> bool:
    is_newer = state.age > cancelled.age
    return is_newer and state.status == "accepted" and has_items_left(state.event)


def _newest(wanted: EventFilter, keys: CTE, status: str) -> _Seq:
    events = EVENTS.alias().c
    query = select(events.seq).where(
        *wanted.conditions(events), events.event_id == keys.c.event_id, events.status == status
    )
    return _first(query.order_by(events.changed_at.desc(), events.seq.desc()), keys)


def _first_tracked(wanted: EventFilter, keys: CTE) -> _Seq:
    events = EVENTS.alias().c
    conditions = [*wanted.conditions(events), events.event_id == keys.c.event_id]
    query = select(events.seq).where(*conditions)
    return _first(query.order_by(events.seq), keys)


def _first(query: Select[int], keys: CTE) -> _Seq:
    return query.limit(1).correlate(keys).scalar_subquery()


def _keys(wanted: EventFilter, limit: int, after: str | None) -> CTE:
    """Return the keys in their order."""
    events = EVENTS.alias().c
    conditions = wanted.conditions(events)
    if after is not None:
        conditions.append(events.event_id > after)
    if wanted.since is not None or wanted.until is not None or wanted.id is not None:
        chosen = select(events.event_id).where(*conditions).distinct()
        return chosen.order_by(events.event_id).limit(limit).cte()
    # Find each key in the index from the one before, because no database does a skip scan.
    first = select(func.min(events.event_id).label("event_id"), literal(1).label("place"))
    walk = first.where(*conditions).cte(recursive=True)
    following = select(func.min(events.event_id)).where(
        *conditions, events.event_id > walk.c.event_id
    )
    further = select(following.scalar_subquery(), walk.c.place + 1).where(
        walk.c.event_id.is_not(None), walk.c.place < limit
    )
    return walk.union_all(further)
