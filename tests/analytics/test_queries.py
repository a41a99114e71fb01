"""The statements of the figures stay cheap in a database with much more data."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from analytics.figures.figures import FIGURES, measure
from analytics.figures.ledger import ledger
from analytics.figures.lists import LISTS, entries, names_of
from analytics.queries.abandoned import abandoned_carts
from analytics.queries.asked import Segment
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
        other_currencies(connection, asked)
        names_of(connection, asked)
        if kind != "product":
            ledger(connection, asked)
            abandoned_carts(connection, asked)
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


# Postgres chooses by the number of rows.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_figure_finds_its_rows_by_an_index(database, asked_statements):
    with database.reading() as connection:
        plans = [
            (step.detail, statement)
            for statement, parameters in asked_statements
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]

    assert [one for one in plans if one[0].startswith("SCAN analytics_")] == []
