"""How long events are kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import SettingError, load
from jirafe_api.storage.events import EventFilter
from jirafe_api.storage.retention import Pace
from jirafe_api.storage.store import Store
from tests.api.events import (
    ACCEPTED,
    CANCELLED,
    CATEGORY,
    ORDER_ITEM,
    PAGEVIEW,
    PLACED,
    PRODUCT,
    PRODUCT_COST,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(database_url, clock):
    store = Store(load(DATABASE_URL=database_url).database_url, clock)
    yield store
    store.close()


def views(*ids):
    return [("pageview", PAGEVIEW | {"page": {"page_id": one}}) for one in ids]


def category(event_id, day=1, **more):
    dates = {"change_date": f"2026-01-{day:02}T10:00:00Z"}
    return "category", CATEGORY | {"id": event_id} | dates | more


def order(status, day, **more):
    event = {"accepted": ACCEPTED, "cancelled": CANCELLED, "placed": PLACED}[status]
    name = {"accepted": "change_date", "cancelled": "cancel_date", "placed": "order_date"}[status]
    return "order", event | {name: f"2026-01-{day:02}T10:00:00Z"} | more


def test_old_browser_events_are_deleted_in_several_transactions(store, clock):
    store.add("1", views(*(f"old {number}" for number in range(700))))
    store.add("2", views(*(f"old {number}" for number in range(501))))
    clock.now += timedelta(milliseconds=1)
    store.add("1", views("new"))
    clock.now = NOON + timedelta(days=30, milliseconds=1)

    assert store.prune(0).tracked == 0
    assert store.prune(31).tracked == 0
    assert store.prune(30).tracked == 1201
    assert [event.id for event in store.events()] == ["new"]
    assert store.prune(99_999).tracked == 0


def test_transactions_grow_until_they_take_a_tenth_of_a_second(sqlite_store):
    seconds = iter([0, 0.001, 0, 0.05, 0, 0.4, 0, 60])
    pace = Pace(sqlite_store.database, lambda: next(seconds))
    rows = [pace.rows]
    for _ in range(4):
        with pace.writing():
            pass
        rows.append(pace.rows)

    assert rows == [500, 1000, 2000, 500, 500]


def test_pruning_deletes_only_superseded_states_of_other_events(store, clock):
    store.add("1", [category("a", 1), category("a", 3), category("a", 2), category("b", 1)])
    store.add("2", [category("a", 1)])
    store.add("1", [category("a", 1)], version=1)
    store.add("1", [category("", 1), category("", 2)])
    store.add("1", [("product.cost", PRODUCT_COST | {"sku_cost": cost}) for cost in (4, 5)])
    clock.now += timedelta(days=31)

    assert store.prune(30).superseded == 2
    assert [(one.site, one.version, one.kind, one.id) for one in store.events()] == [
        ("1", 2, "category", "a"),
        ("1", 2, "category", "b"),
        ("2", 2, "category", "a"),
        ("1", 1, "category", "a"),
        ("1", 2, "category", ""),
        ("1", 2, "category", ""),
        ("1", 2, "product.cost", "TEA-3"),
        ("1", 2, "product.cost", "TEA-3"),
    ]


def test_a_product_is_remembered_forever(store, clock):
    store.add("1", [("product", PRODUCT)])
    clock.now += timedelta(days=4000)

    assert store.prune(1).superseded == 0
    assert [one.event for one in store.latest(EventFilter("1", "product"), limit=9).events] == [
        PRODUCT
    ]


def test_a_cancelled_order_stays_cancelled(store, clock):
    store.add("1", [order("accepted", 1), order("cancelled", 2)])
    clock.now += timedelta(days=40)
    store.add("1", [order("accepted", 1, total=99)])
    clock.now += timedelta(days=20)
    (before,) = store.latest(EventFilter("1", "order"), limit=9).events

    store.prune(30)
    (after,) = store.latest(EventFilter("1", "order"), limit=9).events

    assert before.status == "cancelled"
    assert after == before


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["placed", "accepted", "cancelled", "emptied", "category"]),
        st.integers(1, 5),
        st.integers(0, 50),
    ),
    max_size=12,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS, st.integers(1, 60))
def test_pruning_changes_no_latest_state(sqlite_store, clock, steps, days):
    sqlite_store.purge("1")
    nothing_left = [ORDER_ITEM | {"status": "cancelled"}]
    for place, (what, day, wait) in enumerate(steps):
        clock.now += timedelta(days=wait)
        if what == "category":
            event = category("a", day, name=str(place))
        elif what == "emptied":
            event = order("accepted", day, items=nothing_left, total=place)
        else:
            event = order(what, day, note=place)
        sqlite_store.add("1", [event])

    def latest():
        kinds = ("order", "category")
        return [sqlite_store.latest(EventFilter("1", kind), limit=9).events for kind in kinds]

    before = latest()
    sqlite_store.prune(days)
    assert latest() == before


@pytest.fixture
def sqlite_store(sqlite_url, clock):
    store = Store(sqlite_url, clock)
    yield store
    store.close()


def test_prune_shrinks_an_sqlite_file_by_as_much_as_it_prints(sqlite_store, clock):
    sqlite_store.add("1", views(*map(str, range(3000))))
    sqlite_store.wipe_log()
    file = Path(sqlite_store.database._path)
    before = file.stat().st_size
    clock.now += timedelta(days=31)
    pruned = sqlite_store.prune(30)
    sqlite_store.wipe_log()

    assert pruned.tracked == 3000
    assert pruned.bytes_freed == before - file.stat().st_size > 1_000_000


def test_the_command_uses_the_setting_or_the_option(make_api, database_url):
    api = make_api(database_url, EVENTS_RETENTION_DAYS="400")
    store = api.extensions["jirafe_api"].store
    store.add("1", views("a"))
    run = api.test_cli_runner().invoke

    def pruned(*options):
        lines = run(args=["events", "prune", *options]).output.splitlines()
        return dict(line.split("\t") for line in lines)

    nothing = {"jirafe_events from browsers": "0", "jirafe_events superseded": "0"}
    assert pruned().items() >= nothing.items()
    assert run(args=["events", "prune", "--days", "0"]).exit_code == 2
    store.now.now += timedelta(days=2)
    assert pruned().items() >= nothing.items()
    one = nothing | {"jirafe_events from browsers": "1"}
    assert pruned("--days", "1").items() >= one.items()


def test_events_are_kept_forever_unless_a_time_is_set():
    loaded = {text: load(EVENTS_RETENTION_DAYS=text) for text in ("", "0", "30")}
    days = {text: one.events_retention_days for text, one in loaded.items()}
    assert days == {"": 0, "0": 0, "30": 30}
    for text in ("-1", "x", "1.5", "100000", "٣"):
        with pytest.raises(SettingError, match="EVENTS_RETENTION_DAYS: is not a whole number"):
            load(EVENTS_RETENTION_DAYS=text)
