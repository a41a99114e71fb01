import pytest

from tests.state.fixtures import migrated


@pytest.fixture
def postgres_url(postgres_url):
    """Return the URL of a Postgres schema with tables, as after the release step."""
    return migrated(postgres_url)
