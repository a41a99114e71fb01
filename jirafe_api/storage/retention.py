"""Delete old events, or everything about a site."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    exists,
    func,
    select,
    tuple_,
)

from database.tables import METADATA
from database.transactions import Database
from jirafe_api.storage.tables import EVENTS, PEOPLE, TOKENS, is_tracked

_AT_ONCE = 500
"""Rows per statement."""

_HELD = 0.1
"""Seconds that a transaction should take."""

_REST = 0.005
"""Seconds between transactions; waiting processes try every millisecond to begin theirs."""

_FEWEST_ROWS, _MOST_ROWS = 500, 20_000
_MOST_GROWTH = 2

# Earlier costs are still needed for the margins of the days on which they applied.
_WITHOUT_SUCCESSION = ("product.cost",)


class Pruned(NamedTuple):
    """The number of events deleted, and of bytes freed in the file."""

    tracked: int
    superseded: int
    bytes_freed: int

    def counts(self) -> dict[str, int]:
        """Return the counts by what was deleted."""
        return {
            f"{EVENTS.name} from browsers": self.tracked,
            f"{EVENTS.name} superseded": self.superseded,
            "bytes freed": self.bytes_freed,
        }


def prune(database: Database, before: str) -> Pruned:
    """Delete events received before a time, except those that figures still need.

    Delete all old browser events, and other old events only if a newer state has replaced them.
    If the database fails, events deleted by then stay deleted.
    """
    is_old = EVENTS.c.received_at < before
    old = select(EVENTS.c.seq).where(is_old, is_tracked(EVENTS.c.kind))
    tracked = _delete(database, old)
    superseded = _delete_superseded(database, before)
    return Pruned(tracked, superseded, database.release_space())


def purge(database: Database, site: str) -> dict[str, int]:
    """Delete everything about a site from all tables; return how many rows, by table.

    That includes the tables of other packages, if they are imported: figures, state, shops.
    """
    tables = [one for one in METADATA.sorted_tables if "site" in one.c]
    others = [one for one in tables if one not in (TOKENS, EVENTS, PEOPLE)]
    counts = {TOKENS.name: _delete_rows(database, TOKENS, site)}  # first, so that nothing arrives
    counts[EVENTS.name] = _delete(database, select(EVENTS.c.seq).where(EVENTS.c.site == site))
    counts |= {one.name: _delete_rows(database, one, site) for one in others}
    database.release_space()
    return {name: count for name, count in counts.items() if count}


class Pace:
    """Transactions of as many rows as take a tenth of a second, since new events wait for them."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with 500 rows."""
        self._database = database
        self._clock = clock
        self.rows = 500

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction for `rows` rows, and adjust the number for the next one."""
        with self._database.writing() as connection:
            start = self._clock()
            yield connection
        took = self._clock() - start
        factor = min(_MOST_GROWTH, _HELD / took) if took else _MOST_GROWTH
        self.rows = min(max(_FEWEST_ROWS, int(self.rows * factor)), _MOST_ROWS)
        time.sleep(_REST)


def _delete(database: Database, seqs: Select[int]) -> int:
    deleted = 0
    pace = Pace(database)
    while True:
        limit = pace.rows
        with pace.writing() as connection:
            some = list(connection.scalars(seqs.limit(limit)))
            _delete_some(connection, some)
        deleted += len(some)
        if len(some) < limit:
            return deleted


def _delete_rows(database: Database, table: Table, site: str) -> int:
    deleted = 0
    key = tuple_(*table.primary_key)
    pace = Pace(database)
    while True:
        some = select(*table.primary_key).where(table.c.site == site).limit(pace.rows)
        with pace.writing() as connection:
            count = connection.execute(delete(table).where(key.in_(some))).rowcount
        deleted += count
        if not count:
            return deleted


def _delete_superseded(database: Database, before: str) -> int:
    """Go through the events in windows, since no index lists the superseded ones."""
    deleted, start = 0, 0
    candidates = (
        EVENTS.c.received_at < before,
        ~is_tracked(EVENTS.c.kind),
        EVENTS.c.kind.not_in(_WITHOUT_SUCCESSION),
        _has_newer_state(),
    )
    pace = Pace(database)
    while True:
        window = select(EVENTS.c.seq).where(EVENTS.c.seq > start).order_by(EVENTS.c.seq)
        window = window.limit(pace.rows)
        with pace.writing() as connection:
            end = connection.scalar(select(func.max(window.subquery().c.seq)))
            if end is None:
                return deleted
            in_window = EVENTS.c.seq > start, EVENTS.c.seq <= end
            some = list(connection.scalars(select(EVENTS.c.seq).where(*in_window, *candidates)))
            _delete_some(connection, some)
        deleted += len(some)
        start = end


def _has_newer_state() -> ColumnElement[bool]:
    """Return the condition that an event of the same id, status and version is newer."""
    newer = EVENTS.alias()
    same = ("site", "kind", "event_id", "status", "version")
    return exists().where(
        *(newer.c[name] == EVENTS.c[name] for name in same),
        ~is_tracked(newer.c.kind),
        tuple_(newer.c.changed_at, newer.c.seq) > tuple_(EVENTS.c.changed_at, EVENTS.c.seq),
    )


def _delete_some(connection: Connection, seqs: list[int]) -> None:
    for table in (PEOPLE, EVENTS):
        for start in range(0, len(seqs), _AT_ONCE):
            some = seqs[start : start + _AT_ONCE]
            connection.execute(delete(table).where(table.c.seq.in_(some)))
