"""Imports of a shop's lists: their progress and results.

One process at a time reads a shop. It takes a turn, and checks with every page it stores that
nobody has taken the turn over. So a process that was presumed dead cannot store anything.
"""

import json
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from database.tables import Upsert
from database.transactions import Database
from jirafe_endpoint.shops.tables import IMPORTS, SHOPS
from jirafe_endpoint.state.columns import milliseconds, timestamp
from spree.api.shop import Sales

OVERLAP = timedelta(minutes=10)
"""How far before the start of the last sync a sync begins: clocks differ, and commits take time."""

_STORE = Upsert(
    lambda insert: insert(IMPORTS).on_conflict_do_update(
        index_elements=["site", "list"],
        set_={
            name: insert(IMPORTS).excluded[name]
            for name in ("since", "cursor", "report", "started_at", "finished_at")
        },
    )
)


PATIENCE = timedelta(minutes=15)
"""How long a process may read a shop without storing anything before it is presumed dead.

This is longer than the time for which a message is retried.
"""


class TakenOverError(Exception):
    """Another process has taken over reading the shop, or the shop was disconnected."""


@dataclass(frozen=True)
class Turn:
    """The right of one process to read a shop."""

    site: str
    reader: str


@dataclass(frozen=True)
class Report:
    """The results of an import: messages by outcome, and completed orders by month and currency.

    The keys of `sales` are such as ("2026-03", "EUR").
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    sales: dict[tuple[str, str], Sales] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return the report in its stored form."""
        sales = [[*key, s.orders, str(s.total), s.canceled] for key, s in self.sales.items()]
        return json.dumps({"outcomes": self.outcomes, "sales": sales})

    @classmethod
    def of(cls, text: str) -> "Report":
        """Return the report from its stored form."""
        stored = json.loads(text)
        sales = {
            (month, currency): Sales(orders, Decimal(total), canceled)
            for month, currency, orders, total, canceled in stored["sales"]
        }
        return cls(Counter(stored["outcomes"]), sales)


@dataclass(frozen=True)
class Import:
    """An import of one list. `since` is None for everything; `cursor` points to the next page.

    `left` is an estimate of the records still to read; it is not stored.
    """

    turn: Turn
    list: str
    since: datetime | None
    started_at: datetime
    cursor: str | None = None
    report: Report = field(default_factory=Report)
    finished_at: datetime | None = None
    left: int = 0


class Imports:
    """The imports in the database: the last one of each list of a site.

    Every method raises DatabaseUnavailableError if the database fails.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def take_turn(self, site: str) -> Turn:
        """Take the right to read a shop, from another process if need be. Raise TakenOverError."""
        turn = Turn(site, secrets.token_hex(16))
        with self._database.writing() as connection:
            self._take(connection, turn, SHOPS.c.site == site)
        return turn

    def take_free_turn(self, site: str) -> Turn | None:
        """Take the right to read a shop; return None if another process seems to be reading it."""
        turn = Turn(site, secrets.token_hex(16))
        try:
            with self._database.writing() as connection:
                self._take(connection, turn, (SHOPS.c.site == site) & ~self._is_being_read())
        except TakenOverError:
            return None
        return turn

    def being_read(self) -> int:
        """Return how many shops are read now."""
        with self._database.reading() as connection:
            being_read = (SHOPS.c.reader != "") & self._is_being_read()
            query = select(func.count()).select_from(SHOPS).where(being_read)
            return connection.scalar(query) or 0

    def give_back(self, turn: Turn) -> None:
        """Let others read the shop at once."""
        with self._database.writing() as connection:
            connection.execute(update(SHOPS).where(_is_of(turn)).values(reader="", read_at=0))

    def begin(self, turn: Turn, name: str, since: datetime | None) -> Import:
        """Return the interrupted import of a list, or else a new one.

        Raise TakenOverError.
        """
        known = self.last(turn.site, name)
        new = Import(turn, name, since, self._clock())
        is_known = known is not None and known.finished_at is None and known.since == since
        current = replace(known, turn=turn) if known and is_known else new
        with self._database.writing() as connection:
            self._take(connection, turn, _is_of(turn))
            if not is_known:
                _STORE(connection, [_row(current)])
        return current

    def proceed(self, current: Import, cursor: str | None, report: Report) -> Import:
        """Store that a page was sent. No cursor means that it was the last page.

        Raise TakenOverError, also if the page was stored before.
        """
        finished_at = None if cursor else self._clock()
        done = replace(current, cursor=cursor, report=report, finished_at=finished_at)
        is_next = (
            (IMPORTS.c.site == current.turn.site)
            & (IMPORTS.c.list == current.list)
            & IMPORTS.c.finished_at.is_(None)
            & IMPORTS.c.cursor.is_not_distinct_from(current.cursor)
        )
        with self._database.writing() as connection:
            self._take(connection, current.turn, _is_of(current.turn))
            stored = connection.execute(update(IMPORTS).where(is_next).values(_row(done)))
            if not stored.rowcount:
                raise TakenOverError("Another process has sent this page.")
        return done

    def next_since(self, site: str, name: str) -> datetime | None:
        """Return the time from which to sync, or None if nothing was imported yet."""
        known = self.last(site, name)
        if known is None or known.finished_at is None:
            return known.since if known else None
        return known.started_at - OVERLAP

    def last(self, site: str, name: str) -> Import | None:
        """Return the last import of a list, or None."""
        query = select(IMPORTS).where(IMPORTS.c.site == site, IMPORTS.c.list == name)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return _import(row) if row else None

    def _is_being_read(self) -> ColumnElement[bool]:
        # A turn from the future was taken before the clock was set back.
        now = self._clock()
        earliest, latest = milliseconds(now - PATIENCE), milliseconds(now + PATIENCE)
        return SHOPS.c.read_at.between(earliest, latest)

    def _take(self, connection: Connection, turn: Turn, condition: ColumnElement[bool]) -> None:
        taken = {"reader": turn.reader, "read_at": milliseconds(self._clock())}
        if not connection.execute(update(SHOPS).where(condition).values(taken)).rowcount:
            raise TakenOverError("Another process has taken over reading the shop.")


def _row(current: Import) -> dict[str, str | None]:
    return {
        "site": current.turn.site,
        "list": current.list,
        "since": timestamp(current.since) if current.since else "",
        "cursor": current.cursor,
        "report": current.report.as_json(),
        "started_at": timestamp(current.started_at),
        "finished_at": timestamp(current.finished_at) if current.finished_at else None,
    }


def _is_of(turn: Turn) -> ColumnElement[bool]:
    return (SHOPS.c.site == turn.site) & (SHOPS.c.reader == turn.reader)


def _import(row: Row[Any]) -> Import:
    return Import(
        turn=Turn(row.site, ""),
        list=row.list,
        since=_time(row.since),
        started_at=datetime.fromisoformat(row.started_at),
        cursor=row.cursor,
        report=Report.of(row.report),
        finished_at=_time(row.finished_at),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
