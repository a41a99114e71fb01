"""The benchmarks run with the current code."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from analytics.feed import StoredFeed
from analytics.figures.figures import FIGURES, measure
from analytics.figures.lists import LISTS, entries
from analytics.queries.asked import Asked, Days
from analytics.refresh import refresh
from analytics.sites import site_settings
from benchmarks.in_process import busy_shop
from benchmarks.in_process.state import remembering
from benchmarks.messages import KINDS
from jirafe_api.storage.store import Store


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_state_benchmark_claims_and_settles_messages_beside_old_ones(tmp_path, kind):
    with remembering(tmp_path, 2) as make:
        work = make(kind)
        work()
        work()

    with sqlite3.connect(tmp_path / "state-2.db") as database:
        (messages,) = database.execute("SELECT count(*) FROM endpoint_messages").fetchone()
        (leases,) = database.execute("SELECT count(*) FROM endpoint_leases").fetchone()
    assert (messages, leases) == (4, 0)


FIRST = datetime(2026, 6, 1, 12, tzinfo=UTC)


def all_figures(store):
    with store.database.reading() as connection:
        days = Days(FIRST.date(), FIRST.date() + timedelta(days=2))
        asked = Asked(site_settings(connection, busy_shop.SITE), "EUR", days, FIRST)
        lists = {name: entries(connection, asked, name, 100) for name in LISTS}
        return measure(connection, asked, FIGURES, series=True), lists


def test_the_facts_of_the_busy_shop_benchmark_are_real(tmp_path):
    with closing(Store(f"sqlite:///{tmp_path}/copied.db", lambda: FIRST)) as store:
        store.prepare()
        busy_shop.fill(store, days=3, groups=12, first=FIRST, cycle=3)
        copied = all_figures(store)
    moments = [FIRST + timedelta(days=number) for number in range(3)]
    clock = [FIRST]
    with closing(Store(f"sqlite:///{tmp_path}/folded.db", lambda: clock[0])) as store:
        store.prepare()
        for number, clock[0] in enumerate(moments):
            store.add(busy_shop.SITE, busy_shop.day(number, clock[0], 12, number, 3))
        refresh(store.database, StoredFeed(store), FIRST)
        folded = all_figures(store)

    assert copied == folded
    figures, _ = folded
    assert [figures[name].value for name in ("orders", "visits", "customers")] == [36, 108, 24]
