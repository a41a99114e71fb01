import pytest

from tests.state.fixtures import migrated


@pytest.fixture
def postgres_url(postgres_url):
    """The URL of a Postgres schema with tables, as the release step leaves it."""
    return migrated(postgres_url)
