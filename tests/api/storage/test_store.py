import json
import multiprocessing
import re
import shutil
import subprocess
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from config import load
from database.errors import DatabaseUnavailableError
from jirafe_api.storage.events import EventFilter, StoredEvent, key, storable
from jirafe_api.storage.store import Store, append, rows_of
from tests.api.events import ACCEPTED, CATEGORY, PAGEVIEW, PLACED, TickingClock
from tests.serving import ROOT

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


ORDERS = EventFilter("1", "order")
CATEGORIES = EventFilter("1", "category")


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
    assert store.page(ORDERS, limit=5, before=99).events == [
        StoredEvent(2, "1", 2, "order", "accepted", noon, accepted, ACCEPTED, "R123"),
        StoredEvent(1, "1", 2, "order", "placed", noon, placed, PLACED, "R123"),
    ]
    assert [event.seq for event in store.page(ORDERS, limit=1, before=99).events] == [2]
    assert [event.seq for event in store.page(ORDERS, limit=5, before=2).events] == [1]
    assert store.page(CATEGORIES, limit=5, before=99).events == [
        StoredEvent(
            *(4, "1", 2, "category", None, "2026-01-01T12:00:02.000Z", accepted, CATEGORY, "t-9")
        )
    ]


def test_all_events_are_read_oldest_first(store):
    store.add("1", [("category", CATEGORY | {"id": str(number)}) for number in range(250)])
    store.add("2", [("order", PLACED)])
    assert [event.id for event in store.events()] == [*map(str, range(250)), "R123"]
    assert [event.id for event in store.events(limit=2)] == ["0", "1"]
    assert [event.site for event in store.events(EventFilter("2"))] == ["2"]
    assert [event.kind for event in store.events(EventFilter(kind="order"))] == ["order"]


@pytest.mark.parametrize("event_id", STRANGE_IDS)
def test_an_event_is_found_by_an_id_of_any_form(store, event_id):
    event = CATEGORY | {"id": event_id, "extra": ["\0", "\ud800", 10**49]}
    store.add("1", [("category", event), ("category", CATEGORY)])
    stored_id = storable(event_id)
    found = store.page(replace(CATEGORIES, id=stored_id), limit=9, before=99).events
    assert [(stored.id, stored.event) for stored in found] == [
        (stored_id, CATEGORY | {"id": stored_id, "extra": ["\ufffd", "\ufffd", 10**49]})
    ]


def test_different_ids_have_different_keys_of_at_most_85_ascii_characters():
    keys = {key(event_id) for event_id in STRANGE_IDS}
    assert len(keys) == len(STRANGE_IDS)
    assert max(map(len, keys)) == 85
    assert all(one.isascii() and one.isprintable() for one in keys)
    assert not keys & {key(one) for one in keys if len(one) > 64}


def test_no_id_shares_the_key_of_events_without_an_id():
    for event_id in (key(""), f"{key('')}{'x' * 60}"):
        assert not key(event_id).startswith("~~")
    assert key("") != key("")


ANY_TEXT = st.text(st.characters(exclude_categories=()))
NUMBERS = st.integers() | st.floats(-1e15, 1e15)  # Postgres writes larger floats as integers
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
PLACES = count()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(JSON)
def test_any_json_is_returned_unchanged_except_unstorable_characters(store, extra):
    event_id = str(next(PLACES))
    store.add("1", [("category", CATEGORY | {"id": event_id, "extra": extra})])
    (stored,) = store.page(replace(CATEGORIES, id=event_id), limit=9, before=10**9).events
    with store.database.reading() as connection:
        query = "SELECT count(*) FROM jirafe_events WHERE body -> 'extra' IS NOT NULL"
        counted = connection.scalar(text(query))

    assert stored.event == CATEGORY | {"id": event_id, "extra": storable(extra)}
    assert counted > 0
    texts = json.dumps(stored.event, ensure_ascii=False)
    assert not re.search(r"\\u0000|[\ud800-\udfff]", texts)


def test_sql_can_read_the_members_of_any_event(store):
    """A NUL or a lone surrogate in one body would fail such a query for all of them."""
    names = ("\0", "\ud800", "é")
    extras = [{"id": str(number), "extra": {"of": name}} for number, name in enumerate(names)]
    store.add("1", [("category", CATEGORY | extra) for extra in extras])
    found = {"sqlite": "json_extract(body, '$.extra.of')", "postgresql": "body->'extra'->>'of'"}
    with store.database.reading() as connection:
        member = found[connection.dialect.name]
        rows = connection.exec_driver_sql(f"SELECT {member} FROM jirafe_events ORDER BY seq")
        assert rows.scalars().all() == ["\ufffd", "\ufffd", "é"]


def test_an_event_that_is_sent_again_is_stored_once(store):
    reordered = dict(reversed(CATEGORY.items()))
    events = [("order", ACCEPTED), ("order", PLACED), ("category", CATEGORY)]
    for again in (events, events[:1] * 3, [("category", reordered)]):
        store.add("1", again)

    assert [stored.event for stored in store.events()] == [ACCEPTED, PLACED, CATEGORY]


def test_repeats_among_hundreds_of_new_events_are_left_out(store):
    events = [("category", CATEGORY | {"id": str(number)}) for number in range(357)]
    store.add("1", [events[number] for number in (7, 120, 121, 356)])
    store.add("1", events)
    stored = [event.id for event in store.events()]
    assert stored[:4] == ["7", "120", "121", "356"]
    assert sorted(stored, key=int) == [str(number) for number in range(357)]


def test_an_event_that_differs_in_anything_is_not_a_repeat(store):
    store.add("1", [("category", CATEGORY), ("category", CATEGORY | {"name": "Kettles"})])
    store.add("2", [("category", CATEGORY)])
    store.add("1", [("category", CATEGORY)], version=1)
    store.add("1", [("customer", CATEGORY)])

    assert store.count(EventFilter()) == 5


def test_pageviews_without_a_page_id_are_all_stored(store):
    nameless = PAGEVIEW | {"page": {}}
    store.add("1", [("pageview", nameless)] * 2 + [("pageview", PAGEVIEW)] * 2)

    assert [stored.event for stored in store.events()] == [nameless, nameless, PAGEVIEW]


def test_repeats_that_arrive_at_the_same_time_are_stored_once(store):
    def add(number):
        orders = [ACCEPTED | {"order_number": f"R{one}"} for one in range(20)]
        store.add("1", [("order", order) for order in (orders if number % 2 else orders[::-1])])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))

    assert sorted(stored.id for stored in store.events()) == sorted(f"R{n}" for n in range(20))


def test_the_feed_gives_every_event_once_in_ascending_order(store):
    ids = [str(number) for number in range(7)]
    store.add("1", [("category", CATEGORY | {"id": one}) for one in ids])
    store.add("2", [("order", PLACED)])
    found, cursor, reads = [], 0, 0
    while reads < 5:
        some, cursor = store.feed(after=cursor, limit=3)
        found += some
        reads += 1

    assert [stored.id for stored in found] == [*ids, "R123"]
    assert [stored.seq for stored in found] == sorted(stored.seq for stored in found)
    assert store.feed(after=cursor, limit=3) == ([], cursor)
    store.add("1", [("category", CATEGORY)])
    assert [stored.event for stored in store.feed(after=cursor, limit=3)[0]] == [CATEGORY]


def all_pages(read):
    """Return the ids of the events on each page, by a function from a page to the next."""
    pages, events, place = [], True, None
    while events:
        events, place = read(place)
        pages.append([stored.event["id"] for stored in events])
    return pages


def older(store):
    def read(before):
        events = store.page(CATEGORIES, limit=500, before=before or 99).events
        return events, events and events[-1].seq

    return read


def by_key(store):
    def read(after):
        events = store.latest(CATEGORIES, limit=500, after=after).events
        return events, events and events[-1].key

    return read


def newer(store):
    return lambda after: store.feed(after=after or 0, limit=500, wanted=EventFilter("1"))


@pytest.mark.parametrize(
    ("pages", "ids"),
    [
        (older, [[*"onmlkjihgf"], [*"edcba"], []]),
        (by_key, [[*"abcdefghij"], [*"klmno"], []]),
        (newer, [[*"abcdefghij"], [*"klmno"], []]),
    ],
)
def test_pages_of_large_events_need_little_memory_and_skip_none(store, pages, ids):
    megabyte = "x" * 1_000_000
    for event_id in "abcdefghijklmno":
        store.add("1", [("category", CATEGORY | {"id": event_id, "x": megabyte})])

    tracemalloc.start()
    assert all_pages(pages(store)) == ids
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 40_000_000


def test_a_page_has_all_events_of_the_last_order_on_it(store):
    """An order that did not fit completely would be shown in an earlier state."""
    large = {"x": "x" * 4_000_000}
    for number in "123":
        placed, accepted = (one | {"order_number": number} for one in (PLACED, ACCEPTED))
        store.add("1", [("order", placed | large), ("order", accepted | large)])

    pages = [store.latest(ORDERS, limit=5, after=after) for after in (None, "1", "2", "3")]

    assert [([one.status for one in page.events], page.has_more) for page in pages] == [
        (["accepted"], True),
        (["accepted"], True),
        (["accepted"], False),
        ([], False),
    ]


def test_a_filtered_feed_moves_past_the_events_it_leaves_out(store):
    store.add("1", [("category", CATEGORY)])
    store.add("2", [("order", PLACED)])
    found, cursor = store.feed(after=0, limit=9, wanted=EventFilter("1"))

    assert [stored.event for stored in found] == [CATEGORY]
    assert cursor > found[0].seq
    assert store.feed(after=0, limit=1, wanted=EventFilter("1"))[1] == cursor
    store.add("1", [("category", CATEGORY | {"id": "t-10"})])
    assert store.feed(after=0, limit=1, wanted=EventFilter("1"))[1] == found[0].seq


def test_the_feed_skips_no_event_that_is_committed_after_a_later_one(postgres_url):
    url = load(DATABASE_URL=postgres_url).database_url
    store, other = Store(url, TickingClock()), Store(url, TickingClock())
    is_numbered, commit = threading.Event(), threading.Event()

    def slow(connection, items):
        result = append(connection, items)
        is_numbered.set()
        assert commit.wait(20)
        return result

    def rows(event_id):
        return rows_of("1", [("category", CATEGORY | {"id": event_id})], store.now())

    with ThreadPoolExecutor(2) as pool:
        early = pool.submit(store.database.group_commit, slow, rows("early"))
        assert is_numbered.wait(20)
        other.database.group_commit(append, rows("late"))
        reading = pool.submit(other.feed, after=0, limit=9)
        with pytest.raises(TimeoutError):
            reading.result(0.3)
        commit.set()
        early.result(20)
        found, _ = reading.result(20)

    assert [stored.id for stored in found] == ["early", "late"]
    for one in (store, other):
        one.close()


def test_events_are_stored_all_or_none(store):
    with pytest.raises(
        DatabaseUnavailableError, match=r"The database cannot be used: .*(NOT NULL|null value)"
    ):
        store.add("1", [*[("category", CATEGORY)] * 1500, (None, CATEGORY), ("category", CATEGORY)])
    assert list(store.events()) == []


STORING = """
import os, sys
from datetime import UTC, datetime
from jirafe_api.storage.store import Store
store = Store(sys.argv[1], lambda: datetime.now(UTC))
for number in range(5):
    store.add("1", [("category", {"id": str(number)})])
    os.access(f"answered {number}", os.F_OK)
"""


def test_each_event_is_synced_to_the_disk_before_it_is_answered(sqlite_url, tmp_path):
    strace = shutil.which("strace")
    if not strace:
        pytest.skip("strace, which shows what is synced, is not installed")
    trace = tmp_path / "trace"
    calls = ["--trace=fsync,fdatasync,access,faccessat,faccessat2", f"--output={trace}"]
    done = subprocess.run(
        [strace, "-f", *calls, sys.executable, "-c", STORING, sqlite_url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "ptrace" in done.stderr:
        pytest.skip("strace may not look at processes here")
    assert (done.returncode, done.stderr) == (0, "")

    parts = re.split(r'.*"answered \d".*', trace.read_text())
    assert len(parts) == 6
    assert all("sync(" in part for part in parts[:5])


def _start(url, place, barrier, failures):
    store = Store(url, TickingClock())
    barrier.wait()
    try:
        store.prepare()
        store.add("1", [("category", CATEGORY | {"id": str(place)})])
    except DatabaseUnavailableError as error:
        failures.put(str(error))
    store.close()


@pytest.mark.parametrize("_attempt", range(2))
def test_many_processes_may_start_on_an_empty_database_at_once(database_url, _attempt):
    url = load(DATABASE_URL=database_url).database_url
    forking = multiprocessing.get_context("fork")
    barrier, failures = forking.Barrier(8, timeout=30), forking.SimpleQueue()
    processes = [
        forking.Process(target=_start, args=(url, place, barrier, failures)) for place in range(8)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0] * 8
    assert failures.empty() or failures.get() == "no failure"
    store = Store(url, TickingClock())
    assert sorted(event.id for event in store.events()) == list("01234567")
    store.close()


@pytest.mark.parametrize("another", [True, False])
def test_a_removed_or_replaced_database_file_is_used_again_once_it_is_back(
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


@pytest.mark.parametrize(
    ("read", "index"),
    [
        (lambda s: s.page(ORDERS, limit=5, before=9), "jirafe_events_listing"),
        (
            lambda s: s.page(replace(ORDERS, since="2026"), limit=5, before=9),
            "jirafe_events_by_arrival",
        ),
        (lambda s: s.page(replace(ORDERS, id="R1"), limit=5, before=9), "jirafe_events_by_id"),
        (lambda s: s.feed(after=5, limit=5, wanted=EventFilter("1")), "jirafe_events_listing"),
        (lambda s: s.feed(after=5, limit=5), "INTEGER PRIMARY KEY"),
        (lambda s: s.latest(ORDERS, limit=5), "jirafe_events_by_id"),
        (lambda s: s.latest(replace(ORDERS, id="R1"), limit=5), "jirafe_events_by_id"),
        (lambda s: s.latest(EventFilter("1", "pageview"), limit=5), "jirafe_events_tracked_by_id"),
        (lambda s: s.page(EventFilter("1", "visit", "v"), limit=5, before=9), "tracked_by_id"),
    ],
)
def test_events_are_read_by_an_index(sqlite_url, read, index):
    store = Store(sqlite_url, TickingClock())
    store.prepare()
    rows = explained(store, read, "EXPLAIN QUERY PLAN")
    store.close()
    steps = [row.detail for row in rows]

    assert any(index in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN jirafe_events")], steps


def explained(store, read, explain):
    """Return the plan of the query that chooses what `read` reads."""
    statements = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        statements.append((statement, parameters))

    event.listen(store.database._engine, "before_cursor_execute", note)
    read(store)
    event.remove(store.database._engine, "before_cursor_execute", note)
    statement, parameters = next(one for one in statements if "AS size" in one[0])
    with store.database.reading() as connection:
        return connection.exec_driver_sql(f"{explain} {statement}", parameters).all()


def test_postgres_reads_the_feed_of_a_small_site_without_the_events_of_others(postgres_url):
    store = Store(load(DATABASE_URL=postgres_url).database_url, TickingClock())
    store.add("large", [("category", CATEGORY | {"id": str(number)}) for number in range(3000)])
    store.add("small", [("category", CATEGORY | {"id": str(number)}) for number in range(3)])
    with store.database.writing() as connection:
        connection.exec_driver_sql("ANALYZE jirafe_events")

    def feed(store):
        found, _ = store.feed(after=0, limit=50, wanted=EventFilter("small"))
        assert [one.id for one in found] == ["0", "1", "2"]

    explain = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
    (((whole,),),) = explained(store, feed, explain)
    store.close()
    plan, steps = whole["Plan"], json.dumps(whole)

    assert "jirafe_events_listing" in steps
    assert "Seq Scan" not in steps
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 100, steps
