"""How long events are kept."""

from datetime import UTC, datetime, timedelta

import pytest

from config import SettingError, load
from jirafe_api.storage.store import Store
from tests.api.events import CATEGORY

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


def add(store, site, *ids):
    store.add(site, [("category", CATEGORY | {"id": one}) for one in ids])


def test_events_that_came_in_more_days_ago_are_deleted_in_parts(store, clock):
    add(store, "1", *(f"old {number}" for number in range(700)))
    add(store, "2", *(f"old {number}" for number in range(501)))
    clock.now += timedelta(milliseconds=1)
    add(store, "1", "new")
    clock.now = NOON + timedelta(days=30, milliseconds=1)

    assert store.prune(0) == 0
    assert store.prune(31) == 0
    assert store.prune(30) == 1201
    assert [event.id for event in store.events()] == ["new"]
    assert store.prune(99_999) == 0


def test_the_command_keeps_them_as_long_as_is_set_or_told(make_api, database_url):
    api = make_api(database_url, EVENTS_RETENTION_DAYS="400")
    api.extensions["jirafe_api"].store.add("1", [("category", CATEGORY)])
    run = api.test_cli_runner().invoke
    assert run(args=["events", "prune"]).output == "jirafe_events\t0\n"
    assert run(args=["events", "prune", "--days", "0"]).exit_code == 2
    api.extensions["jirafe_api"].store._now.now += timedelta(days=2)
    assert run(args=["events", "prune"]).output == "jirafe_events\t0\n"
    assert run(args=["events", "prune", "--days", "1"]).output == "jirafe_events\t1\n"


def test_they_are_kept_for_ever_unless_a_time_is_set():
    settings = {text: load(EVENTS_RETENTION_DAYS=text) for text in ("", "0", "30")}
    days = {text: loaded.events_retention_days for text, loaded in settings.items()}
    assert days == {"": 0, "0": 0, "30": 30}
    for text in ("-1", "x", "1.5", "100000", "٣"):
        with pytest.raises(SettingError, match="EVENTS_RETENTION_DAYS: is not a whole number"):
            load(EVENTS_RETENTION_DAYS=text)
