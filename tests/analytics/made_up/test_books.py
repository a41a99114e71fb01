from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.figures.figures import FIGURES, measure
from analytics.figures.ledger import ledger
from analytics.figures.lists import entries
from analytics.queries.asked import Asked, Days
from analytics.refresh import rebuild, refresh
from analytics.sites import change_settings
from tests.analytics.fixtures import ALL_TIME, SITE, ask, empty
from tests.analytics.made_up.books import Books
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


def assert_a_day_is_that_of_the_books(database, books, asked, day):
    asked = Asked(asked.site, asked.currency, Days(day, day), asked.now)
    with database.reading() as connection:
        measured = measure(connection, asked, FIGURES)
    assert {name: one.value for name, one in measured.items()} == books.total(day, day)
    for rate in ("conversion", "abandon_rate"):
        assert measured[rate].value is None or 0 <= measured[rate].value <= 1


def assert_the_books_are_met(database, zone, shop, arrived, now, size):
    feed = ListFeed(stored(arrived))
    empty(database)
    with database.writing() as connection:
        change_settings(connection, SITE, timezone=zone, currency="EUR")
    while refresh(database, feed, now, most=size):
        pass

    assert_the_figures_are_those_of_the_books(database, shop, zone, now)

    feed.events = feed.events[len(feed.events) // 2 :]
    rebuild(database, feed, now)

    assert_the_figures_are_those_of_the_books(database, shop, zone, now)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("zone", ZONES)
def test_every_figure_of_ten_shops_equals_their_books(database, zone, seed):
    random = Random(seed)
    shop = made(random, ZONES[zone], counts=(20, 12, 20))
    events = events_of(shop)
    arrived = random.sample(events, len(events)) + random.sample(events, 5)
    now = random.choice([LATER, max(cart.states[-1][0] for cart in shop.carts) + AN_HOUR])

    assert_the_books_are_met(database, zone, shop, arrived, now, size=random.choice([40, 1000]))


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
