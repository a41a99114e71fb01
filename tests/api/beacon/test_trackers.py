from concurrent.futures import ThreadPoolExecutor

import pytest

from database.errors import DatabaseUnavailableError
from jirafe_api.errors import NotAuthorized
from jirafe_api.storage.events import EventFilter
from jirafe_api.storage.sites import Sites
from jirafe_api.storage.store import Store
from jirafe_api.web.trackers.acceptance import SITES_CACHED_FOR, Client, Sent, Trackers
from tests.api.events import PAGEVIEW, TickingClock

CLIENT = Client("192.0.2.1", None)


@pytest.fixture
def store(database_url):
    store = Store(database_url, TickingClock())
    yield store
    store.close()


class CountingSites(Sites):
    """Sites that count lookups of all sites, and fail on request."""

    looked_up = 0
    is_down = False

    def all(self):
        self.looked_up += 1
        if self.is_down:
            raise DatabaseUnavailableError("The database cannot be used: gone")
        return super().all()


def pageview(site):
    return lambda: Sent(site, lambda: [("pageview", PAGEVIEW | {"site": site, "page": {}})])


def test_an_added_or_removed_site_is_noticed_within_seconds(store):
    now = [1000.0]
    sites = CountingSites([("fixed", "token")], store)
    trackers = Trackers(sites, store, {}, clock=lambda: now[0])

    def is_known(site):
        try:
            trackers.accept("pageview", pageview(site), CLIENT)
        except NotAuthorized:
            return False
        return True

    assert [is_known("fixed"), is_known("new")] == [True, False]
    sites.add("new")
    now[0] += SITES_CACHED_FOR
    assert [is_known("fixed"), is_known("new")] == [True, True]
    sites.remove("new")
    now[0] += SITES_CACHED_FOR - 0.001
    assert is_known("new")
    now[0] += 0.001
    assert not is_known("new")
    assert sites.looked_up == 3
    assert trackers.counts() == {("pageview", "accepted"): 4, ("pageview", "authorization"): 2}


def test_known_sites_stay_known_while_the_database_is_down(store):
    now = [1000.0]
    sites = CountingSites([("fixed", "token")], store)
    trackers = Trackers(sites, store, {}, clock=lambda: now[0])
    sites.is_down = True
    for _ in range(2):
        with pytest.raises(DatabaseUnavailableError):
            trackers.accept("pageview", pageview("fixed"), CLIENT)
    sites.is_down = False
    trackers.accept("pageview", pageview("fixed"), CLIENT)
    sites.is_down = True
    now[0] += SITES_CACHED_FOR
    with pytest.raises(DatabaseUnavailableError):
        trackers.accept("pageview", pageview("fixed"), CLIENT)
    trackers.accept("pageview", pageview("fixed"), CLIENT)

    assert sites.looked_up == 4
    assert trackers.counts() == {("pageview", "unknown"): 3, ("pageview", "accepted"): 2}


def test_many_threads_are_counted_one_by_one(sqlite_url):
    store = Store(sqlite_url, TickingClock())
    trackers = Trackers(Sites([("fixed", "token")], store), store, {})
    with ThreadPoolExecutor(8) as threads:
        for _ in range(200):
            threads.submit(trackers.accept, "pageview", pageview("fixed"), CLIENT)
    kept = len(list(store.events(EventFilter("fixed", "pageview"))))
    store.close()

    assert (trackers.counts(), kept) == ({("pageview", "accepted"): 200}, 200)
