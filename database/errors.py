"""Errors of either database.

DatabaseUnavailableError    it cannot be used now; try again later
└── SchemaError             its tables are not those that this version of the service needs
"""

import re

_QUOTED = re.compile(r"""'[^']*+'|"[^"]*+\"""")


class DatabaseUnavailableError(Exception):
    """The database cannot be used now; the text is for operators and contains no data."""


class SchemaError(DatabaseUnavailableError):
    """The tables are not those that this version of the service needs; the text says what to do."""


def reason(error: Exception) -> str:
    """Return why a database failed: the first line of the driver's error.

    It leaves out the host, port, account and database that Postgres' driver quotes if it cannot
    connect.
    """
    cause: Exception = getattr(error, "orig", None) or error  # the driver's
    text, _, _ = str(cause).partition("\n")
    if type(cause).__name__ != "OperationalError":
        return text
    return _QUOTED.sub("(name)", text.rpartition(" failed: ")[2])
