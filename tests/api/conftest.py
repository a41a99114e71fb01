import pytest

from jirafe_api import create_api
from tests.api.events import SHOP, SITE, TOKEN


@pytest.fixture
def tracker(make_api, sqlite_url):
    """Return a client of an API for two sites, the second open to one origin only."""
    sites = f"{SITE}:secret-1 closed:secret-2"
    origins = f"closed:{SHOP}"
    return make_api(
        sqlite_url, JIRAFE_API_SITES=sites, JIRAFE_TRACKER_ORIGINS=origins
    ).test_client()


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    """Return a client that serves all examples of a property test."""
    url = f"sqlite:///{tmp_path_factory.mktemp('fuzzed')}/jirafe.db"
    api = create_api(DATABASE_URL=url, JIRAFE_API_SITES=f"{SITE}:{TOKEN}")
    yield api.test_client()
    api.extensions["jirafe_api"].store.close()
