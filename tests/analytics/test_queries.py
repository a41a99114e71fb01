"""The statements of the figures stay cheap in a database with much more data."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from analytics.facts.fold import fold
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
from analytics.rollups.restate import restate
from tests.analytics.fixtures import NOW, ask, at, cart, order, take_in, visit
from tests.analytics.made_up.shop import Cost, Page, Shop, events_of, stored


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
    assert [one for one, _ in asked_statements if looks_for_each(one)] == []


def looks_for_each(statement):
    """Return whether Postgres may read all orders or carts to look for those of each row."""
    return re.search(r"EXISTS \(SELECT analytics_(orders|carts)\.site", statement)


@contextmanager
def driver_statements(connection):
    """Collect all statements with their parameters, also those that bypass SQLAlchemy."""
    found = []
    driver = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        driver.set_trace_callback(lambda statement: found.append((statement, ())))
        yield found
        driver.set_trace_callback(None)
        return

    plain = driver.cursor_factory

    class Noting(plain):
        def execute(self, query, params=None, **options):
            found.append((query, params))
            return super().execute(query, params, **options)

    driver.cursor_factory = Noting
    yield found
    driver.cursor_factory = plain


def scans(connection, statement, parameters):
    """Yield each scan of a table or of an index, by name, with what it looks for."""
    driver = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        for *_, step in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters):
            if match := re.match(r"(?:SEARCH|SCAN) (analytics_\w+|[a-z]\b)(.*)", step):
                yield match.groups()
        return
    [[[plan]]] = driver.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    left = [plan["Plan"]]
    while left:
        node = left.pop()
        left += node.get("Plans", ())
        if re.search("(Seq|Index|Index Only) Scan", node["Node Type"]):
            table = node.get("Relation Name") or node["Index Name"]
            yield table, node.get("Index Cond", "")


def one_of_many(number):
    """Return the events of a buyer, a product and its cost, like those of many."""
    name = f"{number}"
    bought = order(f"R{name}", visit=name, cart=name, email=f"{name}@example.com")
    search = Page(at(6, 1), "search", term=f"mug {name}")
    visits = [visit(name, at(6, 1), Page(at(6, 1), "product", "POT"), search)]
    costs = [Cost(name, at(6, 1).date(), 5, at(6, 1))]
    shop = Shop([bought], [cart(name, visit=name)], visits, costs)
    return [*events_of(shop), ("product", None, at(6, 1), {"code": name, "name": f"Mug {name}"})]


def by_id(events):
    """Return the events with products that are known by their ids instead of their codes."""
    for *_, body in events:
        for item in body.get("items", ()):
            item["product"]["base_product"] = {"id": f"id of {body.get('id', 'another')}"}
    return events


def scans_of(database, many, one):
    """Return the scans of folding `one` after `many`, and the statements."""
    with database.deriving() as connection:
        fold(connection, stored(many))
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))
        with driver_statements(connection) as statements:
            fold(connection, stored(one, start=100_000))
        found = [
            (table, by, statement)
            for statement, parameters in statements
            for table, by in scans(connection, statement, parameters)
        ]
    return found, statements


def test_folding_finds_all_rows_by_their_keys(database):
    many = [each for number in range(300) for each in one_of_many(number)]

    found, statements = scans_of(database, many, one_of_many(7))

    assert len({statement for *_, statement in found}) > 15
    settings = "analytics_sites"
    assert [one for one in found if not one[0].startswith(settings) and " AND " not in one[1]] == []
    assert [one for one, _ in statements if looks_for_each(one)] == []


def test_the_orders_of_a_product_are_found_by_its_id_when_its_code_is_learned(database):
    many = [each for number in range(300) for each in by_id(one_of_many(number))]
    learned = {"id": "id of 7", "code": "NEW", "name": "The new one", "is_product": True}

    found, _ = scans_of(database, many, [("product", None, at(6, 2), learned)])

    looked = [one for one in found if "substr" in one[2]]
    assert len(looked) == 4
    assert [one for one in looked if " AND " not in one[1]] == []


def test_the_sums_of_a_day_are_made_of_its_own_facts(database):
    many = [each for number in range(300) for each in one_of_many(number)]
    other_day = at(6, 2)
    few = Shop(
        [order("R", other_day, visit="v")],
        [cart("c", other_day, visit="v")],
        [visit("v", other_day, Page(other_day, "search", term="mug"))],
    )
    with database.deriving() as connection:
        fold(connection, stored([*many, *events_of(few)]))
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))
        with driver_statements(connection) as statements:
            restate(connection, "shop", [other_day.date()])
        found = [
            (table, by, statement)
            for statement, parameters in statements
            for table, by in scans(connection, statement, parameters)
        ]

    assert len({statement for *_, statement in found}) > 10
    assert [one for one in found if " AND " not in one[1]] == []
