"""The statements of the figures stay cheap in a database with much more data."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from analytics.figures.figures import FIGURES, measure
from analytics.figures.ledger import ledger
from analytics.figures.lists import LISTS, entries, names_of
from analytics.figures.ranking import ranking
from analytics.queries.abandoned import abandoned_carts
from analytics.queries.asked import Days, Segment
from analytics.queries.currencies import (
    default_currency,
    first_day,
    last_day,
    other_currencies,
)
from tests.analytics.fixtures import NOW, ask, cart, order, take_in, visit
from tests.analytics.made_up.shop import Shop, events_of


@contextmanager
def statements(connection):
    """Collect the executed statements with their parameters."""
    found = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        found.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    yield found
    event.remove(connection, "before_cursor_execute", note)


def ask_everything(connection, database):
    days = ask(database, interval="month").days.year_before()
    for segment in (None, Segment("channel", ("direct",)), Segment("product", ("MUG",))):
        asked = ask(database, compare=days, interval="month", segment=segment)
        kind = segment.kind if segment else ""
        names = [name for name, figure in FIGURES.items() if kind in figure.sources]
        measure(connection, asked, names, series=True)
        for name, one in LISTS.items():
            if not kind or kind in one.segments:
                entries(connection, asked, name)
                ranking(connection, asked, name, ["MUG"])
        other_currencies(connection, asked)
        names_of(connection, asked)
        if kind != "product":
            ledger(connection, asked)
            abandoned_carts(connection, asked)
    until_now = Days(NOW.date() - timedelta(days=1), NOW.date())
    compared = ask(database, days=until_now, compare=until_now.before())
    measure(connection, compared, FIGURES, series=True)
    for name in LISTS:
        ranking(connection, compared.compared(), name, ["MUG"])
    last_day(connection, "shop")
    default_currency(connection, "shop", "", NOW.date())
    first_day(connection, "shop")


@pytest.fixture
def asked_statements(database):
    take_in(database, events_of(Shop([order(visit="v1", cart="c1")], [cart("c1")], [visit("v1")])))
    with database.reading() as connection, statements(connection) as found:
        ask_everything(connection, database)
    return found


def test_no_figure_reads_events(asked_statements):
    assert len(asked_statements) > 50
    assert [one for one, _ in asked_statements if "jirafe_events" in one] == []


EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}


def test_every_figure_finds_its_rows_by_an_index(database, asked_statements):
    with database.reading() as connection:
        kind = connection.dialect.name
        if kind == "postgresql":  # which would not use an index for so few rows
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        plans = [
            (step[-1], statement)
            for statement, parameters in asked_statements
            for step in connection.exec_driver_sql(f"{EXPLAIN[kind]} {statement}", parameters)
        ]

    assert len(plans) > 100
    assert [
        one for one in plans if re.search("^SCAN analytics_|Seq Scan on analytics_", one[0])
    ] == []


def test_no_figure_looks_for_the_orders_of_each_visit_or_cart(asked_statements):
    """Visits and carts know of their orders, and Postgres reads all orders to look for them."""
    of_one = r"EXISTS \(SELECT analytics_(orders|carts)\.site"
    assert [one for one, _ in asked_statements if re.search(of_one, one)] == []
