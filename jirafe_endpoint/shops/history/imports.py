"""Imports of a shop's lists: how far each is, and what came of it.

One process at a time reads a shop. It takes its turn, and with every page it stores it sees that
the turn is still its own: a process that was thought dead cannot store anything any more.
"""

import json
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from database.transactions import Database
from database.upsert import Upsert
from jirafe_endpoint.shops.tables import IMPORTS, SHOPS
from jirafe_endpoint.state.columns import milliseconds, timestamp
from spree.api.shop import Sales

OVERLAP = timedelta(minutes=10)
"""By which a sync begins before the last one: clocks differ, and transactions last."""

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
"""After which a process that reads a shop and stores nothing is taken for dead.

It is longer than a message is tried again for.
"""


class TakenOverError(Exception):
    """Another process reads the shop by now, or the shop was disconnected."""


@dataclass(frozen=True)
class Turn:
    """The right of one process to read a shop."""

    site: str
    reader: str


@dataclass(frozen=True)
class Report:
    """What an import read: messages by outcome, and completed orders by month and currency.

    The keys of `sales` are such as ("2026-03", "EUR").
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    sales: dict[tuple[str, str], Sales] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return the report as it is stored."""
        sales = [[*key, s.orders, str(s.total), s.canceled] for key, s in self.sales.items()]
        return json.dumps({"outcomes": self.outcomes, "sales": sales})

    @classmethod
    def of(cls, text: str) -> "Report":
        """Return the report that `as_json` returned."""
        stored = json.loads(text)
        sales = {
            (month, currency): Sales(orders, Decimal(total), canceled)
            for month, currency, orders, total, canceled in stored["sales"]
        }
        return cls(Counter(stored["outcomes"]), sales)


@dataclass(frozen=True)
class Import:
    """An import of one list. `since` is None for everything, `cursor` that of the next page.

    `left` is about how many records follow; it is not stored.
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
    """The imports in the database, of which each list of a site has one, the last.

    Every method raises DatabaseUnavailableError if the database fails.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def take_turn(self, site: str) -> Turn:
        """Return the right to read a shop, taken from any other process. Raise TakenOverError."""
        turn = Turn(site, secrets.token_hex(16))
        with self._database.writing() as connection:
            self._take(connection, turn, SHOPS.c.site == site)
        return turn

    def take_free_turn(self, site: str) -> Turn | None:
        """Return the right to read a shop, None if another process seems to read it."""
        turn = Turn(site, secrets.token_hex(16))
        free = SHOPS.c.read_at < milliseconds(self._clock() - PATIENCE)
        try:
            with self._database.writing() as connection:
                self._take(connection, turn, (SHOPS.c.site == site) & free)
        except TakenOverError:
            return None
        return turn

    def give_back(self, turn: Turn) -> None:
        """Let others read the shop at once."""
        with self._database.writing() as connection:
            connection.execute(update(SHOPS).where(_is_of(turn)).values(reader="", read_at=0))

    def begin(self, turn: Turn, name: str, since: datetime | None) -> Import:
        """Return the import of a list: the one that was interrupted, else a new one.

        Raise TakenOverError.
        """
        known = self.last(turn.site, name)
        if known and known.finished_at is None and known.since == since:
            return replace(known, turn=turn)
        return self._save(Import(turn, name, since, self._clock()))

    def proceed(self, one: Import, cursor: str | None, report: Report) -> Import:
        """Store that a page was sent; without a cursor, it was the last one.

        Raise TakenOverError.
        """
        finished_at = None if cursor else self._clock()
        return self._save(replace(one, cursor=cursor, report=report, finished_at=finished_at))

    def next_since(self, site: str, name: str) -> datetime | None:
        """Return when a sync has to begin, None if nothing was imported yet."""
        known = self.last(site, name)
        if known is None or known.finished_at is None:
            return known.since if known else None
        return known.started_at - OVERLAP

    def last(self, site: str, name: str) -> Import | None:
        """Return the last import of a list, None if there was none."""
        query = select(IMPORTS).where(IMPORTS.c.site == site, IMPORTS.c.list == name)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return _import(row) if row else None

    def _take(self, connection: Connection, turn: Turn, condition: ColumnElement[bool]) -> None:
        taken = {"reader": turn.reader, "read_at": milliseconds(self._clock())}
        if not connection.execute(update(SHOPS).where(condition).values(taken)).rowcount:
            raise TakenOverError("Another process reads the shop now, and goes on from here.")

    def _save(self, one: Import) -> Import:
        row = {
            "site": one.turn.site,
            "list": one.list,
            "since": timestamp(one.since) if one.since else "",
            "cursor": one.cursor,
            "report": one.report.as_json(),
            "started_at": timestamp(one.started_at),
            "finished_at": timestamp(one.finished_at) if one.finished_at else None,
        }
        with self._database.writing() as connection:
            self._take(connection, one.turn, _is_of(one.turn))
            _STORE(connection, [row])
        return one


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
