"""(e) Reading, forgetting, pruning and exporting in a store of millions of events."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, text

from benchmarks.servers import databases
from jirafe_api.export.formats import FORMATS, Counted
from jirafe_api.storage.events import EventFilter
from jirafe_api.storage.personal_data import Person
from jirafe_api.storage.store import Store
from jirafe_api.storage.tables import EVENTS

SITE, SMALL_SITE = "large-shop", "small-shop"
DAYS = 100
ADDRESS = "ann@example.com"
_NOW = datetime(2026, 4, 11, 12, tzinfo=UTC)
_REPEATS = 5

Measured = tuple[str, str, float | str]
"""A database, what was done, and the milliseconds that it took; or why nothing was done."""


def measure(events: int) -> Iterator[Measured]:
    """Yield the times on each database with about this many events, as they are measured."""
    for name, database in databases.KINDS.items():
        if name == "Postgres" and not databases.can_reach_postgres():
            yield name, "skipped", "cannot be reached"
            continue
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            url = stack.enter_context(database(Path(folder)))
            databases.migrate(url)
            store = stack.enter_context(closing(Store(url, lambda: _NOW)))
            for done, took in _times(store, events, Path(folder)):
                yield name, done, took


def _times(store: Store, events: int, folder: Path) -> Iterator[tuple[str, float]]:
    yield "fill", _once(lambda: _fill(store, events))
    orders = EventFilter(SITE, "order")
    pageviews = EventFilter(SITE, "pageview")
    small = EventFilter(SMALL_SITE)
    middle = store.last_seq() // 2
    day = (_NOW - timedelta(days=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    reads: dict[str, Callable[[], object]] = {
        "listing": lambda: store.page(orders, limit=50, before=10**18),
        "listing, in the middle": lambda: store.page(pageviews, limit=50, before=middle),
        "listing since yesterday": lambda: store.page(
            replace(orders, since=day), limit=50, before=10**18
        ),
        "listing of an id": lambda: store.page(replace(orders, id="R1-5"), limit=50, before=10**18),
        "latest, first page": lambda: store.latest(orders, limit=50),
        "latest since yesterday": lambda: store.latest(replace(orders, since=day), limit=50),
        "latest of an id": lambda: store.latest(replace(orders, id="R1-5"), limit=1),
        "feed": lambda: store.feed(after=middle, limit=500, wanted=EventFilter(SITE)),
        "feed of a small site": lambda: store.feed(after=0, limit=50, wanted=small),
    }
    for name, read in reads.items():
        yield name, median(_once(read) for _ in range(_REPEATS))
    person = Person(emails={ADDRESS})
    yield "forget, dry run", _once(lambda: store.forget(SITE, person, dry_run=True))
    yield "forget", _once(lambda: store.forget(SITE, person))
    yield "export of all orders", _once(lambda: _export(store, orders, folder / "orders"))
    yield "prune half", _once(lambda: store.prune(DAYS // 2))


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _export(store: Store, wanted: EventFilter, path: Path) -> None:
    with path.open("wb") as file, closing(store.events(wanted)) as found:
        FORMATS["jsonl"](file, wanted.kind, Counted(found))


def _fill(store: Store, events: int) -> None:
    """Store a day's events, and copies of them under other ids for each further day."""
    print(f"storing {events:,} events", file=sys.stderr)
    day = list(_day(events // DAYS))
    for start in range(0, len(day), 1000):
        store.add(SITE, day[start : start + 1000])
    _copy(store, len(day))
    store.add(SMALL_SITE, [("customer", _customer(number)) for number in range(20)])
    store.add(SITE, list(_of_person()))


def _copy(store: Store, size: int) -> None:
    """Copy the rows of the first day, without indexes, which are made again at the end."""
    with store.database.writing() as connection:
        for index in EVENTS.indexes:
            index.drop(connection)
    for number in range(1, DAYS):
        with store.database.writing() as connection:
            _copy_day(connection, number, size)
    with store.database.writing() as connection:
        _copy_people(connection, size)
        for index in EVENTS.indexes:
            index.create(connection)
        if connection.dialect.name == "postgresql":
            sequence = "pg_get_serial_sequence('jirafe_events', 'seq')"
            connection.execute(text(f"SELECT setval({sequence}, {DAYS * size})"))
        connection.execute(text("ANALYZE"))


def _copy_day(connection: Connection, number: int, size: int) -> None:
    received = _NOW - timedelta(days=DAYS - number)
    events = text(
        "INSERT INTO jirafe_events SELECT seq + :shift, site, version, kind, "
        "event_id || :suffix, status, :received_at, changed_at, body, "
        f"{_random(connection)} FROM jirafe_events WHERE seq <= :size ORDER BY seq"
    )
    values = {
        "shift": number * size,
        "suffix": f"-{number}",
        "size": size,
        "received_at": received.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    connection.execute(events, values)


def _copy_people(connection: Connection, size: int) -> None:
    """Copy the index of people in the order of its key, to write each part of it once."""
    people = text(
        "WITH RECURSIVE days(number) AS "
        f"(SELECT 1 UNION ALL SELECT number + 1 FROM days WHERE number < {DAYS - 1}) "
        f"INSERT INTO jirafe_event_people SELECT site, {_random(connection)} AS name, "
        "seq + number * :size FROM jirafe_event_people, days WHERE seq <= :size ORDER BY 1, 2"
    )
    connection.execute(people, {"size": size})


def _random(connection: Connection) -> str:
    """Return the SQL of 16 random bytes for each row."""
    if connection.dialect.name == "sqlite":
        return "randomblob(16)"
    return "decode(md5(random()::text || seq), 'hex')"


def _day(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events of a day: of 20, 12 pageviews, 3 visits, 2 carts, 2 orders, 1 product."""
    for number in range(count // 20):
        visits = [f"v{number}-{place}" for place in range(3)]
        for visit in visits:
            yield "visit", {"site": SITE, "visit": {"id": visit, "visitor": f"w{number}"}}
        for place in range(12):
            yield "pageview", _pageview(f"p{number}-{place}", visits[place % 3], f"w{number}")
        for total in (10, 20):
            yield "cart", _purchase(number, total) | {"id": f"C{number}"}
        order = _purchase(number, 20) | {"order_number": f"R{number}", "order_date": _DATE}
        yield "order", order | {"status": "placed"}
        yield "order", order | {"status": "accepted"}
        yield "product", _PRODUCT | {"id": f"P{number}"}


_DATE = "2026-01-01T12:00:00.000Z"
_DATES = {"create_date": _DATE, "change_date": _DATE}
_PRODUCT = {"id": "P1", "code": "POT", "name": "Teapot", "is_product": True, **_DATES}


def _pageview(page: str, visit: str, visitor: str) -> dict[str, Any]:
    view = {"page_type": "product", "path": "/teapot", "product": {"product_code": "POT"}}
    ids = {"page": {"page_id": page}, "visit": {"id": visit, "visitor": visitor}}
    return {"site": SITE, **ids, "pageview": view}


def _customer(number: int) -> dict[str, Any]:
    return {"id": f"c{number}", "email": f"buyer{number}@example.com", **_DATES}


def _purchase(number: int, total: int) -> dict[str, Any]:
    items = [{"id": f"i{place}", "quantity": 1, "product": _PRODUCT} for place in range(2)]
    return {"total": total, "currency": "USD", "customer": _customer(number), "items": items} | (
        _DATES
    )


def _of_person() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events of the person to forget: 10 visits, 100 pageviews, 20 orders."""
    for number in range(10):
        visit = f"ann-{number}"
        yield "visit", {"site": SITE, "visit": {"id": visit, "visitor": "ann"}}
        for place in range(10):
            yield "pageview", _pageview(f"ann-{number}-{place}", visit, "ann")
    customer = {"id": "ann", "email": ADDRESS, **_DATES}
    for number in range(20):
        order = _purchase(number, 20) | {"order_number": f"ANN{number}", "customer": customer}
        ids = {"visit_id": f"ann-{number % 10}", "visitor_id": "ann"}
        yield "order", order | {"status": "placed", "visit": ids, "order_date": _DATE}
