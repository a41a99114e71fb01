"""Keep facts and rollups up to date with the feed: exactly once, in one process or several."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, bindparam, func, select, text, update

from analytics.facts.customers import recount_all
from analytics.facts.fold import fold, mark_dirty
from analytics.feed import Feed
from analytics.rollups.restate import restate
from analytics.sites import Site, site_settings
from analytics.tables import (
    CARTS,
    CURSOR,
    DIRTY_DAYS,
    ORDER_CHANGES,
    ORDERS,
    SEARCHES,
    SITES,
    VISITS,
)
from database.tables import METADATA, Upsert
from database.transactions import Database

BATCH = 4_000
"""Events per transaction; on SQLite, storing new events has to wait for it."""

_DAYS_AT_ONCE = 7
"""Days whose sums are recomputed in one transaction, for which storing new events has to wait."""

_MANY, _LARGE_PART = 100, 0.1
"""The number, and the part of all, of the events after which table statistics are outdated.

Without any, Postgres takes tables for empty ones and reads all items again for each order.
"""

_FACTS = "facts"

_START = Upsert(lambda insert: insert(CURSOR).on_conflict_do_nothing())

Progress = Callable[[int], object]
"""Called with the number of events that were just folded."""


@dataclass(frozen=True)
class Freshness:
    """The progress of the facts: the last event, its time, and the number of `seq` left."""

    seq: int
    updated_at: datetime | None
    behind: int
    skipped: int
    """Events that could not be counted; the log says which and why."""


def freshness(database: Database, feed: Feed) -> Freshness:
    """Return the progress of the facts."""
    with database.reading() as connection:
        row = connection.execute(select(CURSOR).where(CURSOR.c.name == _FACTS)).one_or_none()
    if row is None:
        return Freshness(0, None, feed.last(), 0)
    return Freshness(row.seq, row.updated_at, max(0, feed.last() - row.seq), row.skipped)


def refresh(
    database: Database,
    feed: Feed,
    now: datetime,
    most: int | None = None,
    progress: Progress = lambda _: None,
) -> int:
    """Fold at most `most` new events, recompute their days, and return the number of events.

    Several processes may do so at once; each event is folded by only one of them.
    """
    folded = 0
    while most is None or folded < most:
        limit = BATCH if most is None else min(BATCH, most - folded)
        count = _fold_next(database, feed, now, limit)
        folded += count
        progress(count)
        if not count:
            break
    if folded >= max(_MANY, _LARGE_PART * _position(database)):
        _analyze(database)
    while restate_dirty(database):
        pass
    return folded


def restate_dirty(database: Database) -> int:
    """Recompute the sums of up to a week of changed days of one site; return how many."""
    with database.deriving() as connection:
        lock(connection)
        site = connection.scalar(select(func.min(DIRTY_DAYS.c.site)))
        own = DIRTY_DAYS.c.site == site
        query = select(DIRTY_DAYS.c.day).where(own).order_by(DIRTY_DAYS.c.day).limit(_DAYS_AT_ONCE)
        days = list(connection.scalars(query))
        if site is not None:
            connection.execute(DIRTY_DAYS.delete().where(own, DIRTY_DAYS.c.day.in_(days)))
            restate(connection, site, days)
    return len(days)


def rebuild(
    database: Database, feed: Feed, now: datetime, progress: Progress = lambda _: None
) -> int:
    """Fold all stored events again and recompute every day; return the number of events.

    Existing facts stay, because folding an event again changes nothing. So events that have been
    pruned since are still counted.
    """
    with database.writing() as connection:
        lock(connection)
        begin = update(CURSOR).where(CURSOR.c.name == _FACTS).values(seq=0, skipped=0)
        connection.execute(begin)
        for site in connection.scalars(select(SITES.c.site)).all():
            redate(connection, site_settings(connection, site))
    return refresh(database, feed, now, progress=progress)


_DATED: dict[Table, tuple[str, ...]] = {
    ORDERS: ("ordered_at", "cancelled_at"),
    ORDER_CHANGES: ("changed_at",),
    CARTS: ("created_at",),
    VISITS: ("started_at",),
    SEARCHES: ("searched_at",),
}
"""The moments that can date a fact; the first one that is known decides its day."""


def redate(connection: Connection, site: Site) -> None:
    """Recompute the days of a site's facts, after a change of its time zone."""
    for table, columns in _DATED.items():
        own = table.c.site == site.site
        for day in connection.scalars(select(table.c.day).where(own).distinct()).all():
            keys = [column for column in table.primary_key if column.name != "site"]
            query = select(table).where(own, table.c.day == day)
            moved = [
                {**{f"own_{key.name}": row[key.name] for key in keys}, "to": to}
                for row in connection.execute(query).mappings().all()
                if (to := site.day(next(row[name] for name in columns if row[name]))) != day
            ]
            if moved:
                ours = [key == bindparam(f"own_{key.name}") for key in keys]
                statement = update(table).where(own, *ours).values(day=bindparam("to"))
                connection.execute(statement, moved)
            mark_dirty(connection, site.site, {day, *(row["to"] for row in moved)})
    recount_all(connection, site.site)


def _fold_next(database: Database, feed: Feed, now: datetime, limit: int) -> int:
    """Fold the next events, or none if another process has folded them meanwhile."""
    seq = _position(database)
    with _without_garbage_collection():
        events = feed.after(seq, limit)
        if not events:
            return 0
        with database.deriving() as connection:
            if lock(connection) != seq:
                return 0
            changes = {
                "seq": events[-1].seq,
                "updated_at": now,
                "skipped": CURSOR.c.skipped + fold(connection, events),
            }
            connection.execute(update(CURSOR).where(CURSOR.c.name == _FACTS).values(changes))
    return len(events)


def _position(database: Database) -> int:
    """Return the last `seq` folded."""
    with database.reading() as connection:
        return connection.scalar(select(CURSOR.c.seq).where(CURSOR.c.name == _FACTS)) or 0


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause the search for cycles: events and rows have none, and it takes a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _analyze(database: Database) -> None:
    """Update Postgres' statistics after many new events; by itself it waits for a minute."""
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            for table in METADATA.sorted_tables:
                if table.name.startswith("analytics_"):
                    connection.execute(text(f"ANALYZE {table.name}"))


def lock(connection: Connection) -> int:
    """Lock the facts against other processes, and return the last `seq` folded."""
    _START(connection, [{"name": _FACTS, "seq": 0, "skipped": 0, "updated_at": None}])
    query = select(CURSOR.c.seq).where(CURSOR.c.name == _FACTS).with_for_update()
    return int(connection.execute(query).scalar_one())
