"""Errors of either database.

DatabaseUnavailableError    it cannot be used now; try again later
└── SchemaError             its tables are not those that this version of the service needs
"""


class DatabaseUnavailableError(Exception):
    """The database cannot be used now; the text gives an operator the reason and shows no data."""


class SchemaError(DatabaseUnavailableError):
    """The tables are not those that this version of the service needs; the text says what to do."""
