"""(f) The pages of the dashboard beside the facts of millions of events, and folding them."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import Connection, event

from analytics.feed import StoredFeed
from analytics.queries.asked import parse
from analytics.refresh import refresh
from analytics.sites import site_settings
from backoffice.addresses import Address
from backoffice.formats import Format
from backoffice.reports.reports import REPORTS
from benchmarks.in_process import busy_shop
from benchmarks.in_process.busy_shop import GROUP, SITE
from benchmarks.servers import databases
from jirafe_api.storage.store import Store

DAYS = 730
CYCLE = 199
_FOLDED = 2_000
"""Groups of events that are folded to measure how many that is a second."""

_NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
"""In the middle of a month, so that 30 days contain no whole one, whose sums are quick to read."""

_REPEATS = 5

_PERIODS = ("last_30_days", "last_365_days")


class Dashboard(NamedTuple):
    """What was measured on one database."""

    pages: dict[str, list[tuple[float, float]]]
    """Milliseconds by page, for 30 days and for a year: in the database, and for the whole page."""
    folding: float
    """Events a second."""


def measure(events: int) -> dict[str, Dashboard | str]:
    """Return the times on each database with the facts of this many events."""
    found: dict[str, Dashboard | str] = {}
    for name, database in databases.KINDS.items():
        if name == "Postgres" and not databases.can_reach_postgres():
            found[name] = "cannot be reached"
            continue
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            url = stack.enter_context(database(Path(folder)))
            databases.migrate(url)
            found[name] = _measure(url, events)
    return found


def _measure(url: str, events: int) -> Dashboard:
    first = _NOW - timedelta(days=DAYS - 1)
    with closing(Store(url, lambda: first)) as store:
        _fill(store, first, events)
    with closing(Store(url, lambda: _NOW)) as store:
        with store.database.reading() as connection:
            pages = {name: [_page(connection, name, one) for one in _PERIODS] for name in REPORTS}
        return Dashboard(pages, _folding(store))


def _fill(store: Store, first: datetime, events: int) -> None:
    print(f"making the facts of {events:,} events", file=sys.stderr)
    with store.database.writing() as connection:
        if connection.dialect.name == "sqlite":  # the indexes have to stay in memory meanwhile
            connection.exec_driver_sql("PRAGMA cache_size = -1000000")
    busy_shop.fill(store, DAYS, events // DAYS // GROUP, first, CYCLE)


def _page(connection: Connection, name: str, period: str) -> tuple[float, float]:
    """Return the milliseconds of a page in the database, and those of the whole page."""
    parameters = {"period": [period]}
    asked = parse(site_settings(connection, SITE), "EUR", parameters, _NOW)
    address, form = Address(name, parameters), Format("en_GB", "EUR")

    def whole() -> None:
        REPORTS[name](connection, asked, address, form)

    with _statements(connection) as sent:
        whole()
    in_database = median(_in_database(connection, sent) for _ in range(_REPEATS))
    return in_database, median(_once(whole) for _ in range(_REPEATS))


@contextmanager
def _statements(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    """Yield the statements and parameters that are executed within the block."""
    found: list[tuple[str, Any]] = []

    def note(_own: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        found.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    yield found
    event.remove(connection, "before_cursor_execute", note)


def _in_database(connection: Connection, sent: list[tuple[str, Any]]) -> float:
    """Return the milliseconds that the database takes for the statements.

    Postgres tells how long it planned and executed each. SQLite runs within this process, so its
    time includes handing over the rows.
    """
    cursor = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        return _once(lambda: [cursor.execute(*one).fetchall() for one in sent])
    took = 0.0
    for statement, values in sent:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", values)
        [[[plan]]] = cursor.fetchall()
        took += plan["Planning Time"] + plan["Execution Time"]
    return took


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _folding(store: Store) -> float:
    """Return how many events of a new day are folded a second."""
    new = list(busy_shop.day(DAYS, _NOW, _FOLDED, 0, CYCLE))
    for start in range(0, len(new), 1000):
        store.add(SITE, new[start : start + 1000])
    started = time.perf_counter()
    count = refresh(store.database, StoredFeed(store), _NOW)
    return count / (time.perf_counter() - started)
