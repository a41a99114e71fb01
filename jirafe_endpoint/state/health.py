"""Health checks of the state. Their descriptions are public: no addresses or accounts."""

from sqlalchemy import select

from database.errors import DatabaseUnavailableError, SchemaError
from database.migrations import check
from database.transactions import Database


def reachable(database: Database) -> str | None:
    """Return why the database does not answer, or None."""
    try:
        with database.reading() as connection:
            connection.execute(select(1))
    except SchemaError:
        return None
    except DatabaseUnavailableError:
        return "The database cannot be used."
    return None


def migrated(database: Database) -> str | None:
    """Return the schema's problem, or None if it is the one that this version needs."""
    try:
        with database.reading() as connection:
            check(connection)
    except SchemaError as error:
        return str(error)
    except DatabaseUnavailableError:
        return "Not known, because the database cannot be used."
    return None
