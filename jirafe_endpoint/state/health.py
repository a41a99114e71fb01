"""Whether the state can be used now, in words that show no address and no account."""

from sqlalchemy import select

from database.errors import DatabaseUnavailableError, SchemaError
from database.migrations import check
from database.transactions import Database


def reachable(database: Database) -> str | None:
    """Return what keeps the database from answering, None where it does."""
    try:
        with database.reading() as connection:
            connection.execute(select(1))
    except SchemaError:
        return None
    except DatabaseUnavailableError:
        return "The database cannot be used."
    return None


def migrated(database: Database) -> str | None:
    """Return what is wrong with the tables, None where they are what this version needs."""
    try:
        with database.reading() as connection:
            check(connection)
    except SchemaError as error:
        return str(error)
    except DatabaseUnavailableError:
        return "Not known, for the database cannot be used."
    return None
