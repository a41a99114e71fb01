"""Databases with the tables of analytics, and small shops to count in them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from analytics.queries.asked import Asked, Days
from analytics.refresh import refresh
from analytics.sites import change_settings, site_settings
from config import load
from database.migrations import prepare
from database.tables import METADATA
from database.transactions import Database
from tests.analytics.made_up.shop import (
    Amounts,
    Cart,
    Line,
    ListFeed,
    Order,
    Page,
    Step,
    Visit,
    stored,
)

SITE = "shop"
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
TABLES = [table for name, table in METADATA.tables.items() if name.startswith("analytics_")]
ALL_TIME = Days(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def database(database_url):
    """Yield a database of each kind in turn."""
    database = Database(load(DATABASE_URL=database_url).database_url, prepare)
    yield database
    database.close()


def empty(database):
    """Delete every row."""
    with database.writing() as connection:
        for table in TABLES:
            connection.execute(table.delete())


def take_in(database, events, now=NOW, **settings):
    """Fold the events of a shop in this order, and return their feed."""
    feed = ListFeed(stored(events))
    if settings:
        with database.writing() as connection:
            change_settings(connection, SITE, **settings)
    refresh(database, feed, now)
    return feed


def ask(database, currency="EUR", days=ALL_TIME, now=NOW, **rest):
    """Return a question about the shop."""
    with database.reading() as connection:
        return Asked(site_settings(connection, SITE), currency, days, now, **rest)


def at(month, day, hour=12, minute=0):
    """Return a moment of 2026 in UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def order(number="R1", when=None, total="20", step="accepted", **rest):
    """Return an order of mugs, accepted a minute after it was placed."""
    when = when or at(6, 1)
    amount = Decimal(total)
    lines = (Line("MUG-RED", 1, amount),)
    steps = [Step("placed", when), Step("accepted", when.replace(minute=1), lines, Amounts(amount))]
    if step == "cancelled":
        steps.append(Step("cancelled", when.replace(minute=2)))
    options = {"currency": "EUR", "email": "ann@example.com"} | rest
    return Order(number, when, steps=tuple(steps), **options)


def cart(its="c1", when=None, total="20", **rest):
    """Return a cart with a mug."""
    when = when or at(6, 1)
    states = ((when, (Line("MUG-RED", 1, Decimal(total)),), Decimal(total)),)
    return Cart(its, when, "EUR", states, **rest)


def visit(its="v1", when=None, *pages, **rest):
    """Return a visit of Ann's."""
    when = when or at(6, 1)
    return Visit(its, "ann", pages or (Page(when, "homepage"),), **rest)
