import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.engine import create_engine

from config import load
from database.errors import DatabaseUnavailableError
from jirafe_api.storage.event_filter import Wanted
from jirafe_api.storage.event_store import KnownSite, Store
from jirafe_api.storage.stored_event import StoredEvent, key
from tests.api.events import ACCEPTED, CATEGORY, PLACED, TickingClock

STRANGE_IDS = [
    "",
    " ",
    "R123",
    "x" * 64,
    "x" * 65,
    "x" * 2_000_000,
    "é" * 700,
    "a\0b",
    "a\nb",
    "\ud800",
    "x\udfff\ud800",
    "😀",
    "%' OR 1=1 --",
]


ORDERS = Wanted("1", "order")
CATEGORIES = Wanted("1", "category")


@pytest.fixture
def store(database_url):
    store = Store(load(DATABASE_URL=database_url).database_url, TickingClock())
    yield store
    store.close()


def test_a_page_has_the_newest_events_of_a_site_and_kind_first(store):
    store.add("1", [("order", PLACED), ("order", ACCEPTED)])
    store.add("2", [("order", PLACED)])
    store.add("1", [("category", CATEGORY)])
    noon = "2026-01-01T12:00:00.000Z"
    placed, accepted = "2014-01-02T10:00:00.000000Z", "2014-01-02T10:00:00.000000Z"
    assert store.page(ORDERS, limit=5, before=99) == [
        StoredEvent(2, "1", 2, "order", "accepted", noon, accepted, ACCEPTED),
        StoredEvent(1, "1", 2, "order", "placed", noon, placed, PLACED),
    ]
    assert [event.seq for event in store.page(ORDERS, limit=1, before=99)] == [2]
    assert [event.seq for event in store.page(ORDERS, limit=5, before=2)] == [1]
    assert store.page(CATEGORIES, limit=5, before=99) == [
        StoredEvent(4, "1", 2, "category", None, "2026-01-01T12:00:02.000Z", accepted, CATEGORY)
    ]


def test_all_events_are_read_oldest_first(store):
    store.add("1", [("category", CATEGORY | {"id": str(number)}) for number in range(250)])
    store.add("2", [("order", PLACED)])
    assert [event.id for event in store.events()] == [*map(str, range(250)), "R123"]
    assert [event.id for event in store.events(limit=2)] == ["0", "1"]
    assert [event.site for event in store.events(Wanted("2"))] == ["2"]
    assert [event.kind for event in store.events(Wanted(kind="order"))] == ["order"]


@pytest.mark.parametrize("event_id", STRANGE_IDS)
def test_an_event_is_found_by_whatever_id_it_has(store, event_id):
    event = CATEGORY | {"id": event_id, "extra": ["\0", "\ud800", 10**49]}
    store.add("1", [("category", event), ("category", CATEGORY)])
    found = store.page(replace(CATEGORIES, id=event_id), limit=9, before=99)
    assert [(stored.id, stored.event) for stored in found] == [(event_id, event)]


def test_different_ids_have_different_keys_of_at_most_85_ascii_characters():
    keys = {key(event_id) for event_id in STRANGE_IDS}
    assert len(keys) == len(STRANGE_IDS)
    assert max(map(len, keys)) == 85
    assert all(one.isascii() and one.isprintable() for one in keys)
    assert not keys & {key(one) for one in keys if len(one) > 64}


def test_a_site_may_have_several_tokens_and_loses_all_at_once(store):
    store.add_token("1", "hash a")
    store.add_token("1", "hash b")
    store.add_token("2", "hash c")
    assert store.sites() == [
        KnownSite("1", "2026-01-01T12:00:00.000Z"),
        KnownSite("1", "2026-01-01T12:00:01.000Z"),
        KnownSite("2", "2026-01-01T12:00:02.000Z"),
    ]
    assert store.remove_tokens("1") == 2
    assert store.remove_tokens("1") == 0
    assert [store.site_of(f"hash {letter}") for letter in "abc"] == [None, None, "2"]


def test_events_are_kept_all_or_none(store):
    with pytest.raises(
        DatabaseUnavailableError, match=r"The database cannot be used: .*(NOT NULL|null value)"
    ):
        store.add("1", [*[("category", CATEGORY)] * 1500, (None, CATEGORY), ("category", CATEGORY)])
    assert list(store.events()) == []


def _start(url, barrier, failures):
    store = Store(url, TickingClock())
    barrier.wait()
    try:
        store.prepare()
        store.add("1", [("category", CATEGORY)])
    except DatabaseUnavailableError as error:
        failures.put(str(error))
    store.close()


@pytest.mark.parametrize("_attempt", range(5))
def test_many_processes_may_start_on_an_empty_database_at_once(database_url, _attempt):
    url = load(DATABASE_URL=database_url).database_url
    forking = multiprocessing.get_context("fork")
    barrier, failures = forking.Barrier(8), forking.SimpleQueue()
    processes = [forking.Process(target=_start, args=(url, barrier, failures)) for _ in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert failures.empty() or failures.get() == "no failure"
    store = Store(url, TickingClock())
    assert [event.seq for event in store.events()] == list(range(1, 9))
    store.close()


@pytest.mark.parametrize("another", [True, False])
def test_a_file_that_is_removed_or_replaced_is_used_again_once_it_is_back(
    sqlite_url, tmp_path, another
):
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    store = Store(sqlite_url, TickingClock())
    store.add("1", [("category", CATEGORY)])
    file.rename(tmp_path / "away.db")
    if another:
        file.touch()

    for use in (lambda: store.add("1", [("category", CATEGORY)]), lambda: list(store.events())):
        with pytest.raises(
            DatabaseUnavailableError, match="was removed or replaced: restart the service"
        ):
            use()
    (tmp_path / "away.db").rename(file)

    assert len(list(store.events())) == 1
    store.close()


def test_the_listing_finds_its_events_by_an_index(sqlite_url):
    store = Store(sqlite_url, TickingClock())
    store.prepare()
    store.close()
    engine = create_engine(sqlite_url)
    assert {
        index["name"]: index["column_names"]
        for index in inspect(engine).get_indexes("jirafe_events")
    } == {
        "jirafe_events_listing": ["site", "kind", "seq", "received_at", "version"],
        "jirafe_events_by_id": [
            *("site", "kind", "event_id", "status", "changed_at"),
            *("seq", "received_at", "version"),
        ],
        "jirafe_events_by_age": ["received_at"],
    }
    engine.dispose()
