from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from analytics.figures.customers import CUSTOMERS
from analytics.figures.figures import FIGURES, measure
from analytics.figures.ledger import ledger
from analytics.figures.lists import LISTS, entries
from analytics.queries.abandoned import abandoned_carts
from analytics.queries.asked import Asked, Days, Segment
from analytics.queries.currencies import other_currencies
from analytics.refresh import rebuild, refresh
from analytics.rollup_tables import CHANGE_DAYS
from analytics.rollups.months import MONTHS
from analytics.rollups.restate import ROLLUPS, restate
from analytics.sites import change_settings
from tests.analytics.fixtures import ALL_TIME, SITE, ask, empty, take_in
from tests.analytics.made_up.books import Books
from tests.analytics.made_up.catalog_books import CatalogBooks
from tests.analytics.made_up.histories import ZONES, made, shops
from tests.analytics.made_up.shop import DIGITS, ListFeed, events_of, stored

LATER = datetime(2026, 12, 1, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)

NOT_ADDED_UP = {"visitors": None}
"""Figures that are unknown for as long a range as ALL_TIME."""


def assert_the_figures_are_those_of_the_books(database, shop, zone, now):
    for currency in DIGITS:
        books = Books(shop, zone, currency, now)
        asked = ask(database, currency, now=now)
        with database.reading() as connection:
            measured = measure(connection, asked, FIGURES)
            products = entries(connection, asked, "products")
            channels = entries(connection, asked, "channels")
            searches = entries(connection, asked, "searches")
            changes = ledger(connection, asked)
        expected = books.total(ALL_TIME.first, ALL_TIME.last) | NOT_ADDED_UP
        assert {name: one.value for name, one in measured.items()} == expected
        assert {
            one.key: (one.figures["net_sales"], one.figures["units"]) for one in products
        } == books.products()
        assert {
            one.key: tuple(one.figures[name] for name in ("visits", "orders", "revenue"))
            for one in channels
            if any(one.figures[name] for name in ("visits", "orders"))
        } == books.channels()
        columns = ("search_visits", "no_result_visits", "converted_visits")
        assert {
            one.key: tuple(one.figures[name] for name in columns) for one in searches
        } == books.searches()
        moved = sum(day.sales + day.edits + day.cancellations for day in changes)
        assert moved == expected["revenue"]
        for day in sorted(books.days)[:2]:
            assert_a_day_is_that_of_the_books(database, books, asked, day)
        assert_customers_of_each_week_are_those_of_the_books(database, books, asked)


def assert_a_day_is_that_of_the_books(database, books, asked, day):
    asked = Asked(asked.site, asked.currency, Days(day, day), asked.now)
    with database.reading() as connection:
        measured = measure(connection, asked, FIGURES)
    assert {name: one.value for name, one in measured.items()} == books.total(day, day)
    for rate in ("conversion", "abandon_rate"):
        assert measured[rate].value is None or 0 <= measured[rate].value <= 1


def assert_customers_of_each_week_are_those_of_the_books(database, books, asked):
    weeks = replace(asked, interval="week")
    with database.reading() as connection:
        measured = measure(connection, weeks, CUSTOMERS, series=True)
    for name, figure in measured.items():
        expected = [(week, books.total(week.first, week.last)[name]) for week in weeks.intervals()]
        assert list(figure.series) == expected


def assert_the_books_are_met(database, zone, shop, arrived, now, size):
    feed = ListFeed(stored(arrived))
    empty(database)
    with database.writing() as connection:
        change_settings(connection, SITE, timezone=zone, currency="EUR")
    while refresh(database, feed, now, most=size):
        pass

    assert_the_figures_are_those_of_the_books(database, shop, zone, now)

    assert_every_sum_is_that_of_its_facts(database)
    feed.events = feed.events[len(feed.events) // 2 :]
    rebuild(database, feed, now)

    assert_the_figures_are_those_of_the_books(database, shop, zone, now)


def assert_every_sum_is_that_of_its_facts(database):
    """Show that no day was left out when its facts changed."""
    tables = [*ROLLUPS, CHANGE_DAYS, *MONTHS.values()]
    with database.writing() as connection:
        kept = [sorted(map(tuple, connection.execute(select(table)))) for table in tables]
        restate(connection, SITE, ALL_TIME.each())
        new = [sorted(map(tuple, connection.execute(select(table)))) for table in tables]
    assert kept == new


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("zone", ZONES)
def test_every_figure_of_ten_shops_equals_their_books(database, zone, seed):
    random = Random(seed)
    shop = made(random, ZONES[zone], counts=(20, 12, 20))
    events = events_of(shop)
    arrived = random.sample(events, len(events)) + random.sample(events, 5)
    now = random.choice([LATER, max(cart.states[-1][0] for cart in shop.carts) + AN_HOUR])

    assert_the_books_are_met(database, zone, shop, arrived, now, size=random.choice([40, 1000]))


def assert_a_segment_is_that_of_the_books(database, asked, books):
    """Compare the figures of all time and of two days, with the books of each currency."""
    names = [name for name, figure in FIGURES.items() if asked.segment.kind in figure.sources]
    own = books[asked.currency]
    for days in (ALL_TIME, *(Days(day, day) for day in SHORT_AND_LONG[asked.site.timezone])):
        with database.reading() as connection:
            measured = measure(connection, replace(asked, days=days), names)
        expected = own.total(days.first, days.last) | (NOT_ADDED_UP if days == ALL_TIME else {})
        assert {name: one.value for name, one in measured.items()} == {
            name: expected[name] for name in names
        }
    with database.reading() as connection:
        others = other_currencies(connection, asked)
    orders = {currency: orders_in(one) for currency, one in books.items() if one is not own}
    assert others == {currency: count for currency, count in orders.items() if count}


def assert_lists_of_a_channel_are_those_of_the_books(database, asked, books):
    with database.reading() as connection:
        below = entries(connection, asked, "channels")
        carts = abandoned_carts(connection, asked)
        changes = ledger(connection, asked)
    total = books.total(ALL_TIME.first, ALL_TIME.last)
    assert {
        one.key: tuple(one.figures[name] for name in ("visits", "orders", "revenue"))
        for one in below
    } == books.channels()
    assert (len(carts), sum(cart.total for cart in carts)) == (
        total["abandoned_carts"],
        total["abandoned_revenue"],
    )
    moved = sum(day.sales + day.edits + day.cancellations for day in changes)
    assert moved == total["revenue"]


def orders_in(books):
    return books.total(ALL_TIME.first, ALL_TIME.last)["orders"]


def listed(database, asked, name):
    with database.reading() as connection:
        return {one.key: one.figures for one in entries(connection, asked, name)}


def sold(books, kind, codes):
    """Return the columns of a list of products, SKUs or categories, of those that were sold."""
    own = {code: CatalogBooks(books, kind, code) for code in codes}
    return {
        code: {
            name: one.total(ALL_TIME.first, ALL_TIME.last)[name]
            for name in LISTS["skus" if kind == "sku" else "products"].columns
        }
        for code, one in own.items()
        if orders_in(one)
    }


SHORT_AND_LONG = {  # the days of 23 and 25 hours
    "Pacific/Auckland": (date(2026, 4, 5), date(2026, 9, 27)),
    "America/Los_Angeles": (date(2026, 3, 8), date(2026, 11, 1)),
}
CHANNELS = [
    *(("direct",), ("email",), ("email", "may"), ("unknown",)),
    *(("campaign",), ("campaign", "ad"), ("campaign", "ad", "cpc")),
]
VARIANTS = {"MUG": ["MUG-RED", "MUG-BLUE"], "POT": ["POT"], "BAG": ["BAG"]}
CATEGORIES = ["7", "9"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("zone", ZONES)
def test_the_figures_of_each_channel_equal_the_books(database, zone, seed):
    shop = made(Random(seed), ZONES[zone], counts=(16, 10, 16))
    take_in(database, events_of(shop), LATER, timezone=zone, currency="EUR")

    for levels in CHANNELS:
        books = {
            currency: Books(shop, zone, currency, LATER, channel=levels) for currency in DIGITS
        }
        for currency in DIGITS:
            asked = ask(database, currency, now=LATER, segment=Segment("channel", levels))
            assert_a_segment_is_that_of_the_books(database, asked, books)
            assert_lists_of_a_channel_are_those_of_the_books(database, asked, books[currency])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("zone", ZONES)
def test_the_figures_of_each_product_and_category_equal_the_books(database, zone, seed):
    shop = made(Random(seed), ZONES[zone], counts=(16, 10, 16))
    take_in(database, events_of(shop), LATER, timezone=zone, currency="EUR")
    whole = {currency: Books(shop, zone, currency, LATER) for currency in DIGITS}

    for currency in DIGITS:
        asked = ask(database, currency, now=LATER)
        for kind, codes in (("product", VARIANTS), ("category", CATEGORIES)):
            for code in codes:
                of_code = replace(asked, segment=Segment(kind, (code,)))
                books = {name: CatalogBooks(one, kind, code) for name, one in whole.items()}
                assert_a_segment_is_that_of_the_books(database, of_code, books)
        for product, skus in VARIANTS.items():
            of_product = replace(asked, segment=Segment("product", (product,)))
            assert listed(database, of_product, "skus") == sold(whole[currency], "sku", skus)
        assert listed(database, asked, "products") == sold(whole[currency], "product", VARIANTS)
        assert listed(database, asked, "categories") == sold(
            whole[currency], "category", CATEGORIES
        )


@pytest.mark.parametrize("zone", ZONES)
@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_figures_equal_the_books_whatever_order_events_arrive_in(database, zone, data):
    shop = data.draw(shops(zone))
    events = events_of(shop)
    repeated = data.draw(st.lists(st.sampled_from(events), max_size=6)) if events else []
    arrived = data.draw(st.permutations(events + repeated))
    now = LATER
    if events and data.draw(st.booleans()):
        now = max(at for _, _, at, _ in events) + AN_HOUR

    assert_the_books_are_met(
        database, zone, shop, arrived, now, size=data.draw(st.sampled_from([4, 1000]))
    )
