"""The store of accepted events."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    func,
    select,
    union_all,
)

from database.append_order import await_appends, begin_append
from database.migrations import prepare
from database.statements import BulkInsert
from database.transactions import Database
from jirafe_api.contract.kinds import STORED, V2, Event
from jirafe_api.storage.events import EventFilter, StoredEvent, encoded, from_row, row
from jirafe_api.storage.forgetting import Forgotten, events_about, forget
from jirafe_api.storage.latest import latest
from jirafe_api.storage.pages import Page, fitting, places
from jirafe_api.storage.people import names
from jirafe_api.storage.personal_data import Person
from jirafe_api.storage.retention import Pruned, prune, purge
from jirafe_api.storage.tables import EVENTS, PEOPLE
from jirafe_api.times import stamp

_ALL = EventFilter()

_INSERT_EVENTS = BulkInsert(EVENTS, "ON CONFLICT DO NOTHING", tells_rows=True)
_INSERT_PEOPLE = BulkInsert(PEOPLE)

Row = tuple[dict[str, Any], set[bytes]]
"""The columns of an event without `seq`, and the names of the people it is about."""


class Store:
    """The events in one database; every method raises DatabaseUnavailableError."""

    def __init__(self, database_url: str, now: Callable[[], datetime]) -> None:
        """Take an SQLAlchemy URL and the clock; nothing connects before the first use."""
        self.database = Database(database_url, prepare)
        self.now = now

    def prepare(self) -> None:
        """Prepare the tables now rather than at the first use."""
        self.database.prepare()

    def close(self) -> None:
        """Close the idle connections; the next use opens one again."""
        self.database.close()

    def add(self, site: str, events: Iterable[tuple[str, Event]], version: int = V2) -> None:
        """Store all of the (kind, event) pairs or none; they are on disk on return.

        An event that is already stored with the same content is not stored again. `version` is
        that of the API.
        """
        if rows := rows_of(site, events, self.now(), version):
            self.database.group_commit(append, rows)

    def page(self, wanted: EventFilter, *, limit: int, before: int) -> Page:
        """Return up to `limit` events with `seq` below `before`, newest first."""
        conditions = wanted.conditions(EVENTS.c)
        if wanted.id is not None or wanted.since is not None:
            # Otherwise SQLite scans all events of the kind in the order of the listing.
            conditions = [EVENTS.c.seq.in_(select(EVENTS.c.seq).where(*conditions))]
        with self.database.reading() as connection:
            query = places(connection, EVENTS.c.seq).where(*conditions, EVENTS.c.seq < before)
            query = query.order_by(EVENTS.c.seq.desc()).limit(limit + 1)
            rows, has_more = fitting(connection, query, limit)
        found = sorted(map(from_row, rows), key=lambda one: one.seq, reverse=True)
        return Page(found, has_more)

    def feed(
        self, *, after: int, limit: int, wanted: EventFilter = _ALL
    ) -> tuple[list[StoredEvent], int]:
        """Return up to `limit` events with `seq` above `after`, oldest first, and a cursor.

        Pass the cursor as the next `after`: it has moved past events that the filter leaves out.
        No event is skipped because another transaction commits it late. There may be more events
        even if there are fewer than `limit` here: together they have no more bytes than a page.
        """
        with self.database.reading() as connection:
            await_appends(connection)
            newest = connection.scalar(select(func.max(EVENTS.c.seq))) or 0
        with self.database.reading() as connection:
            chosen = _next_of_site if wanted.site is not None and wanted.kind is None else _next
            seqs = chosen(wanted, after, newest, limit + 1)
            query = places(connection, EVENTS.c.seq).where(EVENTS.c.seq.in_(seqs))
            query = query.order_by(EVENTS.c.seq).limit(limit + 1)
            rows, has_more = fitting(connection, query, limit)
        found = sorted(map(from_row, rows), key=lambda one: one.seq)
        return found, found[-1].seq if has_more and found else max(after, newest)

    def last_seq(self) -> int:
        """Return the `seq` of the newest event, 0 if there is none."""
        with self.database.reading() as connection:
            return connection.scalar(select(func.max(EVENTS.c.seq))) or 0

    def latest(self, wanted: EventFilter, *, limit: int, after: str | None = None) -> Page:
        """Return the latest states of up to `limit` ids, as `latest.latest` does."""
        with self.database.reading() as connection:
            return latest(connection, wanted, limit=limit, after=after)

    def events(
        self, wanted: EventFilter = _ALL, *, limit: int | None = None
    ) -> Generator[StoredEvent]:
        """Yield the events, oldest first, without holding all of them in memory.

        Close the generator if you do not use it up.
        """
        query = select(EVENTS).where(*_in_feed(wanted)).order_by(EVENTS.c.seq)
        query = query.limit(limit).execution_options(yield_per=100)
        with self.database.reading() as connection, connection.execute(query) as rows:
            for found in rows:
                yield from_row(found)

    def count(self, wanted: EventFilter) -> int:
        """Return the number of events."""
        query = select(func.count()).select_from(EVENTS).where(*wanted.conditions(EVENTS.c))
        with self.database.reading() as connection:
            return connection.execute(query).scalar_one()

    def prune(self, days: int) -> Pruned:
        """Delete events older than `days`, unless it is 0, as `retention.prune` does."""
        if not days:
            return Pruned(0, 0, 0)
        return prune(self.database, stamp(self.now() - timedelta(days=days)))

    def forget(self, site: str, start: Person, *, dry_run: bool = False) -> Forgotten:
        """Forget a customer, as `forgetting.forget` does."""
        return forget(self.database, site, start, dry_run=dry_run)

    def events_about(self, site: str, start: Person) -> list[StoredEvent]:
        """Return all events about a customer, oldest first."""
        return events_about(self.database, site, start)

    def purge(self, site: str) -> dict[str, int]:
        """Delete everything about a site, as `retention.purge` does."""
        return purge(self.database, site)

    def wipe_log(self) -> None:
        """Remove deleted data from SQLite's log."""
        self.database.wipe_log()


def _next(wanted: EventFilter, after: int, last: int, limit: int) -> Select[int]:
    """Return a query for up to `limit` values of `seq` above `after` and up to `last`."""
    bounds = EVENTS.c.seq > after, EVENTS.c.seq <= last
    query = select(EVENTS.c.seq).where(*wanted.conditions(EVENTS.c), *bounds)
    return query.order_by(EVENTS.c.seq).limit(limit)


def _next_of_site(wanted: EventFilter, after: int, last: int, limit: int) -> CompoundSelect[int]:
    """Return a query like that of `_next`, but for up to `limit` of each kind.

    Each kind has its place in the index. In the order of `seq` alone, a small site's events
    would have to be searched for among all others.
    """
    kinds = (_next(replace(wanted, kind=kind), after, last, limit).subquery() for kind in STORED)
    return union_all(*(select(one.c.seq) for one in kinds))


def _in_feed(wanted: EventFilter) -> list[ColumnElement[bool]]:
    """Return the conditions for reading in the order of `seq`."""
    conditions = wanted.conditions(EVENTS.c)
    if wanted.site is not None and wanted.kind is None:
        # With an index by site, databases would have to sort all events of the site.
        conditions = replace(wanted, site=None).conditions(EVENTS.c)
        conditions.append(func.coalesce(EVENTS.c.site, "") == wanted.site)
    return conditions


def rows_of(
    site: str, events: Iterable[tuple[str, Event]], now: datetime, version: int = V2
) -> list[Row]:
    """Return the rows for `append` of (kind, event) pairs that arrived now."""
    rows = []
    for kind, event in events:
        clean, body = encoded(event)
        columns = row(site, version, kind, clean, body, now)
        rows.append((columns, names(kind, clean, body)))
    return rows


def append(connection: Connection, items: Sequence[Sequence[Row]]) -> list[None]:
    """Store the rows of several items, except for events that are stored already."""
    rows = [one for item in items for one in item]
    events, people = [], []
    numbers = begin_append(connection, EVENTS.name, len(rows))
    for seq, (columns, digests) in zip(numbers, rows, strict=True):
        events.append({"seq": seq, **columns})
        people += [{"site": columns["site"], "name": name, "seq": seq} for name in digests]
    if connection.dialect.name == "postgresql":
        # Always in the same order, or two processes that store the same events could deadlock.
        events.sort(key=lambda one: (one["site"], one["fingerprint"] or b"", one["seq"]))
    inserted = _INSERT_EVENTS(connection, events)
    if len(inserted) < len(events):  # some were repeats
        stored = {one["seq"] for one in inserted}
        people = [one for one in people if one["seq"] in stored]
    if people:
        people.sort(key=lambda one: (one["site"], one["name"], one["seq"]))
        _INSERT_PEOPLE(connection, people)
    return [None] * len(items)
