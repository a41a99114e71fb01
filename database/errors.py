"""Errors of the database, whichever it is.

DatabaseUnavailableError    it cannot be used now; try again later
└── SchemaError             its tables are not what this version of the service needs
"""


class DatabaseUnavailableError(Exception):
    """The database cannot be used now; the text tells an operator why and shows no data."""


class SchemaError(DatabaseUnavailableError):
    """The tables are not what this version of the service needs; the text says what to do."""
