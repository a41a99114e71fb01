import json

import pytest

from jirafe_api.browsers import SITES_KNOWN_FOR, Browsers
from jirafe_api.errors import NotAuthorized
from jirafe_api.sites import Sites
from jirafe_api.store import Store
from tests.jirafe_api_testing import PAGEVIEW, TickingClock


@pytest.fixture
def store(database_url):
    store = Store(database_url, TickingClock())
    yield store
    store.close()


class CountingSites(Sites):
    """Sites that tell how often all of them were looked up."""

    looked_up = 0

    def all(self):
        self.looked_up += 1
        return super().all()


def test_a_site_of_the_database_is_known_within_seconds_and_forgotten_as_soon(store):
    now = [1000.0]
    sites = CountingSites([("fixed", "token")], store)
    browsers = Browsers(sites, store, {}, lambda: now[0])

    def is_known(site):
        try:
            browsers.take("pageview", json.dumps(PAGEVIEW | {"site": site}).encode, None)
        except NotAuthorized:
            return False
        return True

    assert [is_known("fixed"), is_known("new")] == [True, False]
    sites.add("new")
    now[0] += SITES_KNOWN_FOR
    assert [is_known("fixed"), is_known("new")] == [True, True]
    sites.remove("new")
    now[0] += SITES_KNOWN_FOR - 0.001
    assert is_known("new")
    now[0] += 0.001
    assert not is_known("new")
    assert sites.looked_up == 3
    assert browsers.counts() == {("pageview", "accepted"): 4, ("pageview", "authorization"): 2}
