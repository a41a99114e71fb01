"""The documented queries give the numbers of the books: in both databases, and by DuckDB."""

import re
from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import duckdb

from jirafe_api.export.formats import FORMATS, Counted
from jirafe_api.export.selection import Selection
from jirafe_api.storage.store import Store
from tests.analytics.fixtures import TABLES, take_in
from tests.analytics.made_up.books import Books, outcome
from tests.analytics.made_up.histories import made
from tests.analytics.made_up.shop import PRODUCTS, events_of

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "analytics.md").read_text(encoding="utf-8")
QUERIES = dict(re.findall(r"^([^\n]+):\n\n```sql\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE))

NOW = datetime(2026, 11, 30, tzinfo=UTC)
SHOP = made(Random(7), [datetime(2026, 11, 10, tzinfo=UTC)], counts=(60, 30, 60))
BOOKS = Books(SHOP, "UTC", "EUR", NOW)
NOVEMBER = BOOKS.total(date(2026, 11, 1), date(2026, 11, 30))
CONVERTED = {one.visit for one in SHOP.orders if outcome(one)[0] == "accepted"}


def cents(amount):
    return int(amount * 100)


def channel_of(visit):
    """Return the five levels of a visit's channel, all of them empty without a visit."""
    levels = () if visit is None else visit.channel if visit.is_begun else ("unknown",)
    return (*levels, *[""] * (5 - len(levels)))


def revenue_by_day():
    days = {day.isoformat(): numbers for day, numbers in BOOKS.days.items()}
    return {
        (day, cents(numbers["revenue"]), numbers["orders"])
        for day, numbers in days.items()
        if numbers["orders"]
    }


def conversion_by_channel():
    visits, converted = Counter(), Counter()
    for visit in SHOP.visits:
        visits[channel_of(visit)[0]] += 1
        converted[channel_of(visit)[0]] += visit.id in CONVERTED
    return {(name, round(converted[name] / visits[name], 9)) for name in visits}


def revenue_by_campaign():
    orders, revenue = Counter(), defaultdict(Decimal)
    for order, state in BOOKS.counted:
        levels = channel_of(BOOKS.visits.get(order.visit))[:3]
        orders[levels] += 1
        revenue[levels] += state.amounts.total
    return {(*levels, orders[levels], cents(revenue[levels])) for levels in orders}


def repeat_customers():
    counts = BOOKS._counts()
    return {("2026-11", len(counts), sum(count > 1 for count in counts.values()))}


def cancelled_orders():
    found = [outcome(order) for order in SHOP.orders if order.currency == "EUR"]
    lost = [state.amounts.total for status, state in found if status == "cancelled" and state]
    share = len(lost) / (len(lost) + len(BOOKS.counted))
    return {(len(lost), cents(sum(lost)), round(share, 9))}


def best_customers():
    orders, net = Counter(), defaultdict(Decimal)
    for order, state in BOOKS.counted:
        returned = sum(line.worth for line in state.lines if line.is_cancelled)
        orders[order.email] += 1
        net[order.email] += state.amounts.gross - state.amounts.discounts - returned
    best = sorted(net, key=lambda one: -net[one])[:10]
    return {(orders[one], cents(net[one])) for one in best}


def searches():
    visits, nothing = Counter(), Counter()
    for visit in SHOP.visits:
        found = defaultdict(list)
        for page in visit.pages:
            if page.term:
                found[" ".join(page.term.lower().split())].append(page.results)
        visits.update(found.keys())
        nothing.update(term for term, results in found.items() if 0 in results)
    return {(term, visits[term], nothing[term]) for term in visits}


ANSWERS = {
    "Revenue and orders by day": revenue_by_day(),
    "Conversion rate by channel": conversion_by_channel(),
    "Best-selling products with their names": {
        (f"The {code}", units, cents(net)) for code, (net, units) in BOOKS.products().items()
    },
    "Repeat customers by the month of their first order": repeat_customers(),
    "Average order value by month": {
        ("2026-11", round(float(cents(NOVEMBER["revenue"]) / NOVEMBER["orders"]), 9))
    },
    "Revenue by channel and campaign of the visit": revenue_by_campaign(),
    "The purchase funnel, in visits": {
        tuple(
            NOVEMBER[name]
            for name in (
                *("visits", "engaged_visits", "interested_visits"),
                *("cart_visits", "converted_visits"),
            )
        )
    },
    "Cancelled orders and their share": cancelled_orders(),
    "The best customers by net sales": best_customers(),
    "Search terms, and how often they found nothing": searches(),
}


def shown(row):
    """Return a row with the types of the books: dates are texts, and rates have nine digits."""
    plain = [value.isoformat() if isinstance(value, date) else value for value in row]
    return tuple(
        plain_value
        if isinstance(plain_value, (str, int))
        else (round(float(plain_value), 9) if plain_value % 1 else int(plain_value))
        for plain_value in plain
    )


def test_every_table_is_documented():
    assert {table.name for table in TABLES if f"`{table.name}`" not in PAGE} == set()


def test_documented_queries_return_the_numbers_of_the_books(database):
    take_in(database, events_of(SHOP), NOW)
    found = {}
    with database.reading() as connection:
        for question, query in QUERIES.items():
            rows = connection.exec_driver_sql(query.replace("my-shop", "shop")).all()
            found[question] = {shown(row) for row in rows}
    # No order counted on these days, or of these channels.
    for question, place in {
        "Revenue and orders by day": -1,
        "Revenue by channel and campaign of the visit": -2,
    }.items():
        found[question] = {row for row in found[question] if row[place]}
    question = "The best customers by net sales"
    found[question] = {row[1:] for row in found[question]}

    assert len(QUERIES) == 10
    assert found == ANSWERS


def test_duckdb_gets_the_numbers_of_the_books_from_exported_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with closing(Store(f"sqlite:///{tmp_path}/events.db", lambda: NOW)) as store:
        store.prepare()
        store.add("shop", [(kind, event) for kind, _, _, event in events_of(SHOP)])
        for kind, name in (("order", "orders"), ("order_items", "items")):
            chosen = Selection("shop", kind, None, None, is_latest=True)
            with Path(f"{name}.parquet").open("wb") as file:
                FORMATS["parquet"](file, kind, Counted(chosen.rows(store)))
    (query,) = re.findall(r"```sql\n(.*?)```", (DOCS / "data.md").read_text(encoding="utf-8"), re.S)
    units, revenue = Counter(), defaultdict(Decimal)
    for order in SHOP.orders:
        status, state = outcome(order)
        if status == "accepted":
            revenue[order.currency] += state.amounts.total
            for line in state.lines:
                units[line.sku] += 0 if line.is_cancelled else line.quantity

    assert set(units) == set(PRODUCTS)
    assert {row[0]: int(row[1]) for row in duckdb.sql(query).fetchall()} == units
    totals = (
        "SELECT currency, SUM(total) FROM 'orders.parquet' WHERE status = 'accepted' GROUP BY 1"
    )
    assert dict(duckdb.sql(totals).fetchall()) == revenue
