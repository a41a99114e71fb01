"""The facts of a shop with any number of events: one day is folded, the others are copies of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Date, Table, text

from analytics.facts.customers import recount_all
from analytics.feed import StoredFeed
from analytics.instants import Instant
from analytics.refresh import refresh
from analytics.rollups.restate import restate
from analytics.tables import (
    CARTS,
    ORDER_CHANGES,
    ORDER_ITEM_CATEGORIES,
    ORDER_ITEMS,
    ORDERS,
    SEARCHES,
    VISIT_PRODUCTS,
    VISITS,
)
from jirafe_api.storage.store import Store

SITE = "busy-shop"
GROUP = 20
"""Events that belong together: 3 visits, 12 pageviews, 2 of a cart, 2 of an order, 1 product."""

_PRODUCTS, _CATEGORIES, _TERMS = 500, 20, 200
_CHANNELS = (["direct"], ["search", "google"], ["email", "newsletter", "may"], ["campaign", "ad"])

_COPIED = (
    *(ORDERS, ORDER_ITEMS, ORDER_ITEM_CATEGORIES, ORDER_CHANGES),
    *(CARTS, VISITS, VISIT_PRODUCTS, SEARCHES),
)
_DATED = {"order_number": ORDERS, "cart_id": CARTS, "visit_id": VISITS}
_OF_DAY = frozenset({"order_number", "cart_id", "visitor"})
"""Columns with ids that end in the number of the day, since real ones are in no order."""


def day(
    number: int, at: datetime, groups: int, buyers: int, cycle: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events of the day around a noon, with the customers of the day `buyers`.

    In `cycle` days, a prime number, a customer orders about twice, after gaps of any length.
    """
    for group in range(groups):
        moment = at + timedelta(days=group / groups - 0.5)
        stamp = moment.isoformat(timespec="milliseconds")
        visits = [f"{_prefix(number)}v{group}.{place}" for place in range(3)]
        for place, visit in enumerate(visits):
            ids = {"id": visit, "visitor": f"w{group}.{place}-{number}"}
            start = ids | {"tag_attribution": _CHANNELS[(group + place) % len(_CHANNELS)]}
            yield "visit", {"site": SITE, "timestamp": stamp, "visit": start}
            for page in range(4):
                yield "pageview", _pageview(ids, stamp, f"{page}", group + place * 7 + page)
        changed = {"create_date": stamp, "change_date": stamp, "currency": "EUR"}
        link = {"visit_id": visits[0]}
        customer = {"id": "", "email": f"{group}.{buyers * (buyers + group) % cycle}@example.com"}
        bought = changed | {"visit": link, "customer": customer, "total": group % 90 + 10.5}
        items = [_item(group + place) for place in range(2)]
        for held in (items[:1], items):
            yield "cart", bought | {"id": f"C{group}-{number}", "items": held}
        order = bought | {"order_number": f"R{group}-{number}", "order_date": stamp}
        if group % 3:  # the carts of the others are abandoned
            order |= {"cart_id": f"C{group}-{number}"}
        yield "order", order | {"status": "placed"}
        yield "order", order | {"status": "accepted", "items": items, "subtotal": order["total"]}
        yield "product", _product(group) | changed


def _prefix(number: int) -> str:
    """Return how visit ids of a day begin: with the day, as those of the beacon do."""
    return f"{number:06}-"


def _pageview(ids: dict[str, str], stamp: str, page: str, number: int) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "page_type": "product",
        "product": {"product_code": f"P{number % _PRODUCTS}"},
    }
    if page == "0":
        term = f"term {number % _TERMS}"
        seen = {"page_type": "search", "search": {"term": term, "total_results": number % 5}}
    page_ids = {"page_id": f"{ids['id']}.{page}"}
    return {"site": SITE, "timestamp": stamp, "visit": ids, "page": page_ids, "pageview": seen}


def _product(number: int) -> dict[str, Any]:
    code = f"P{number % _PRODUCTS}"
    category = f"{number % _CATEGORIES}"
    named = {"id": f"id-{code}", "code": code, "name": f"Product {code}", "is_product": True}
    return named | {"categories": [{"id": category, "name": f"Category {category}"}]}


def _item(number: int) -> dict[str, Any]:
    sold = {"id": str(number), "status": "accepted", "quantity": 1, "price": number % 40 + 5.25}
    return sold | {"product": _product(number)}


def fill(store: Store, days: int, groups: int, first: datetime, cycle: int) -> None:
    """Make the facts and rollups of `days` from `first` on, which the store's clock shows."""
    events = list(day(0, first, groups, 0, cycle))
    for start in range(0, len(events), 1000):
        store.add(SITE, events[start : start + 1000])
    refresh(store.database, StoredFeed(store), first)
    _analyze(store)
    for number in range(1, days):
        with store.database.writing() as connection:
            for table in _COPIED:
                _copy(connection, table, f"{first:%Y-%m-%d}", number, cycle)
    with store.database.writing() as connection:
        recount_all(connection, SITE)
        _number(connection, days * groups * GROUP)
    _analyze(store)
    dates = [(first + timedelta(days=number)).date() for number in range(days)]
    for start in range(0, days, 31):
        with store.database.writing() as connection:
            restate(connection, SITE, dates[start : start + 31])


def _number(connection: Connection, events: int) -> None:
    """Let the next events be numbered as if those of the copied facts had come before them."""
    numbering = "SELECT setval(pg_get_serial_sequence('jirafe_events', 'seq'), :events)"
    if connection.dialect.name == "sqlite":
        numbering = "UPDATE sqlite_sequence SET seq = :events WHERE name = 'jirafe_events'"
    for statement in (numbering, "UPDATE analytics_cursor SET seq = :events"):
        connection.execute(text(statement), {"events": events})


def _analyze(store: Store) -> None:
    with store.database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))


def _copy(connection: Connection, table: Table, first: str, number: int, cycle: int) -> None:
    """Copy the facts of the first day to a later one, under the ids of that day."""
    is_sqlite = connection.dialect.name == "sqlite"
    moment = (
        "strftime('%Y-%m-%d %H:%M:%f', {0}, '{1} days') || '000'"
        if is_sqlite
        else "{0} + interval '{1} days'"
    )
    date = "date({0}, '{1} days')" if is_sqlite else "{0} + {1}"
    group = (
        "cast(substr({0}, 2) AS integer)"
        if is_sqlite
        else "cast(substring({0} FROM '[0-9]+') AS integer)"
    )
    key = next(name for name in _DATED if name in table.c)
    values = []
    for column in table.c:
        if column.name in _OF_DAY:
            cut = f"substr({column.name}, 1, length({column.name}) - 1)"
            values.append(f"CASE {column.name} WHEN '' THEN '' ELSE {cut} || '{number}' END")
        elif column.name == "visit_id":
            rest = f"substr({column.name}, {len(_prefix(number)) + 1})"
            own = f"'{_prefix(number)}' || {rest}"
            values.append(f"CASE {column.name} WHEN '' THEN '' ELSE {own} END")
        elif column.name == "customer":
            values.append(_customer(number, group.format(key), cycle))
        elif isinstance(column.type, Instant):
            values.append(moment.format(column.name, number))
        else:
            values.append(
                date.format(column.name, number) if isinstance(column.type, Date) else column.name
            )
    dated = _DATED[key]
    keys = f"SELECT {key} FROM {dated.name} WHERE site = '{SITE}' AND day = :first"
    query = f"SELECT {', '.join(values)} FROM {table.name} WHERE site = '{SITE}' AND {key} IN"
    connection.execute(text(f"INSERT INTO {table.name} {query} ({keys})"), {"first": first})


def _customer(number: int, group: str, cycle: int) -> str:
    """Return the customer of a copied order as `day` chooses them, with another key."""
    place = f"({number} * ({number} + {group}) % {cycle})"
    return f"CASE {place} WHEN 0 THEN customer ELSE customer || '-' || {place} END"
