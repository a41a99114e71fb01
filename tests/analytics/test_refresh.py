import gc
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from analytics.feed import StoredFeed
from analytics.figures.figures import CARDS, FIGURES, measure
from analytics.figures.ledger import Changes, ledger
from analytics.forgetting import forget
from analytics.queries.asked import Days
from analytics.refresh import freshness, rebuild, redate, refresh
from analytics.sites import SettingError, change_settings
from analytics.tables import ORDERS, VISITS
from config import load
from database.migrations import prepare
from database.transactions import Database
from jirafe_api.storage.store import Store
from tests.analytics.fixtures import NOW, SITE, ask, at, cart, empty, order, take_in, visit
from tests.analytics.made_up.shop import (
    Amounts,
    Line,
    ListFeed,
    Order,
    Page,
    Shop,
    Step,
    events_of,
    stored,
)
from tests.api.events import CART, PAGEVIEW, PLACED

SMALL = Shop(
    [order("R1", visit="v1", cart="c1"), order("R2", at(6, 2), email="bob@example.com")],
    [cart("c1", visit="v1"), cart("c2", at(6, 3))],
    [visit("v1", at(6, 1), Page(at(6, 1), "product", "POT")), visit("v2", at(6, 2))],
)


def all_values(database, **asked):
    with database.reading() as connection:
        measured = measure(connection, ask(database, **asked), FIGURES)
    return {name: one.value for name, one in measured.items()}


def rows(database, table, *columns):
    with database.reading() as connection:
        found = connection.execute(select(*(table.c[name] for name in columns)).order_by(*columns))
        return [tuple(row) for row in found]


def test_memory_is_reclaimed_as_usual_after_a_refresh_even_one_that_failed(database):
    class Broken(ListFeed):
        def after(self, seq, limit):
            raise OSError("The disk is gone.")

    take_in(database, events_of(SMALL))
    after_success = gc.isenabled()
    with pytest.raises(OSError, match="The disk is gone"):
        refresh(database, Broken(), NOW)

    assert (after_success, gc.isenabled()) == (True, True)


def test_threads_that_refresh_at_once_count_each_event_once(database):
    feed = ListFeed(stored(events_of(SMALL) * 20))
    counts = []

    def work():
        while count := refresh(database, feed, NOW, most=7):
            counts.append(count)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    refresh(database, feed, NOW)

    assert freshness(database, feed).behind == 0
    assert sum(counts) <= len(feed.events)
    assert all_values(database)["orders"] == 2


def test_a_refresh_counts_only_events_stored_since_the_last_one(database, database_url):
    with closing(Store(database_url, lambda: datetime(2014, 1, 3, tzinfo=UTC))) as store:
        store.add(SITE, [("cart", CART), ("order", PLACED)])
        feed = StoredFeed(store)
        first = refresh(database, feed, NOW)
        store.add(SITE, [("pageview", PAGEVIEW)])
        second = refresh(database, feed, NOW)
        last = freshness(database, feed).seq

    assert (first, second, last) == (2, 1, 3)
    values = all_values(database, currency="USD", days=Days(date(2014, 1, 1), date(2014, 12, 31)))
    assert [values[name] for name in ("carts", "waiting_orders", "visits")] == [1, 1, 1]


def test_postgres_knows_how_many_orders_there_are_before_it_sums_them_up(postgres_url):
    with closing(Database(load(DATABASE_URL=postgres_url).database_url, prepare)) as database:
        take_in(database, events_of(Shop([order(f"R{number}") for number in range(60)])))
        with database.reading() as connection:
            query = text("SELECT relname, reltuples FROM pg_class WHERE relname = ANY(:names)")
            names = ["analytics_orders", "analytics_order_items"]
            known = {name: int(rows) for name, rows in connection.execute(query, {"names": names})}

    assert known == {"analytics_orders": 60, "analytics_order_items": 60}


def test_figures_survive_the_pruning_of_their_events(database):
    feed = take_in(database, events_of(SMALL))
    before = all_values(database)

    feed.events = feed.events[-2:]
    rebuild(database, feed, NOW)

    assert all_values(database) == before
    assert before["orders"] == 2


def test_a_cancellation_counts_even_if_the_events_of_the_order_are_pruned(database):
    feed = take_in(database, events_of(SMALL))
    cancelled = Order("R1", at(6, 1), "EUR", (Step("cancelled", at(6, 5)),))

    feed.events = stored(events_of(Shop([cancelled])), start=1000)
    refresh(database, feed, NOW)

    values = all_values(database)
    assert (values["orders"], values["cancelled_orders"]) == (1, 1)


def test_a_change_of_time_zone_moves_all_figures_to_the_new_days(database):
    late = Shop(
        [order("R1", at(6, 1, 23))], [cart("c1", at(6, 1, 23))], [visit("v1", at(6, 1, 23))]
    )
    feed = take_in(database, events_of(late), timezone="America/Los_Angeles")
    names = ["orders", "carts", "visits", "new_customers"]

    def by_day():
        with database.reading() as connection:
            return [
                tuple(
                    one.value
                    for one in measure(connection, ask(database, days=days), names).values()
                )
                for days in ask(database, interval="day").intervals(ask(database).days)
                if days.first in (date(2026, 6, 1), date(2026, 6, 2))
            ]

    in_america = by_day()
    with database.writing() as connection:
        redate(connection, change_settings(connection, SITE, timezone="Pacific/Auckland"))
    refresh(database, feed, NOW)

    assert (in_america, by_day()) == ([(1, 1, 1, 1), (0, 0, 0, 0)], [(0, 0, 0, 0), (1, 1, 1, 1)])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone: 'Mars/Olympus' is not a time zone"),
        ({"timezone": "../etc/passwd"}, "timezone: '../etc/passwd' is not a time zone"),
        ({"currency": "EURO"}, "currency: 'EURO' is not a currency"),
        ({"abandoned_after": 0}, "abandoned_after: give 1 to 8760 hours"),
    ],
)
def test_an_invalid_site_setting_is_refused(database, setting, message):
    with database.writing() as connection, pytest.raises(SettingError) as refused:
        change_settings(connection, SITE, **setting)

    assert str(refused.value).startswith(message)


def anonymous(event):
    """Return an order as the event store has it after forgetting."""
    left = {name: value for name, value in event.event.items() if name != "visit"}
    if left.get("customer", {}).get("email") == "ann@example.com":
        left["customer"] = {"id": "forgotten-1"}
    return replace(event, event=left)


def test_forgetting_a_person_keeps_every_figure_and_none_of_their_keys(database):
    feed = take_in(database, events_of(SMALL))
    before = all_values(database, days=ask(database).days)
    keys = rows(database, ORDERS, "customer", "visit_id"), rows(database, VISITS, "visitor")

    counts = forget(database, SITE, ["ann@example.com"])
    after = rows(database, ORDERS, "customer", "visit_id"), rows(database, VISITS, "visitor")

    assert all_values(database) == before
    assert counts == {"analytics_orders": 1, "analytics_carts": 0, "analytics_visits": 2}
    assert {customer for customer, _ in keys[0]} & {customer for customer, _ in after[0]} == {
        customer for customer, visit_id in keys[0] if not visit_id
    }
    assert ("ann",) in keys[1]
    assert ("ann",) not in after[1]
    feed.events = [anonymous(event) for event in feed.events if event.kind == "order"]
    rebuild(database, feed, NOW)
    assert all_values(database) == before


def test_the_ledger_shows_edits_and_cancellations_on_their_own_day(database):
    def accepted(when, total):
        return Step("accepted", when, (Line("POT", 1, total),), Amounts(total))

    edited = (accepted(at(6, 1), 20), accepted(at(6, 3), 15), Step("cancelled", at(6, 5)))
    revived = (*edited, accepted(at(6, 9), 15))
    steps = {"R1": edited, "R2": revived}
    orders = [Order(number, at(6, 1), "EUR", its) for number, its in steps.items()]
    take_in(database, events_of(Shop(orders)))

    with database.reading() as connection:
        changes = ledger(connection, ask(database))

    assert [(one.days.first.day, *map(int, one[1:])) for one in changes] == [
        (1, 40, 0, 0),
        (3, 0, -10, 0),
        (5, 0, 0, -30),
        (9, 15, 0, 0),
    ]
    assert isinstance(changes[0], Changes)


def test_an_event_that_cannot_be_counted_is_logged_and_left_out(database, caplog):
    events = events_of(SMALL)
    events[1][3]["total"] = 1e300

    feed = take_in(database, events)

    assert freshness(database, feed).skipped == 1
    assert caplog.messages == ["Event 2 of site shop is not counted: 1e+300 is too large to count"]
    assert all_values(database)["orders"] == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_event_holds_up_the_events_after_it(database, data):
    events = events_of(SMALL)
    kind, status, moment, event = data.draw(st.sampled_from(events))
    wild = event | data.draw(st.dictionaries(st.sampled_from(sorted(event)), JSON))
    empty(database)
    feed = ListFeed(stored([(kind, status, moment, wild), *events_of(Shop([order("R9")]))]))

    refresh(database, feed, NOW)

    with database.reading() as connection:
        asked = ask(database, days=ask(database).days)
        assert measure(connection, asked, CARDS)
    assert ("R9",) in rows(database, ORDERS, "order_number")
    assert freshness(database, feed).behind == 0
