from tests.analytics.fixtures import database

__all__ = ["database"]
