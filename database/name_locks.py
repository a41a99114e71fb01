"""Locks on names that need not exist in any table, until the end of a transaction."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection

_LOCK = "SELECT pg_advisory_xact_lock(number) FROM unnest(%b::bigint[]) AS number"


def lock(connection: Connection, names: Iterable[tuple[str, ...]]) -> None:
    """Wait until no other transaction holds any of the names, and lock them.

    On SQLite, a transaction that writes has the whole database to itself.
    """
    if connection.dialect.name == "postgresql":
        # All transactions use the same order, to avoid deadlocks.
        numbers = sorted(set(map(_number, names)))
        connection.connection.dbapi_connection.execute(_LOCK, [numbers])  # type: ignore[union-attr]


def _number(name: tuple[str, ...]) -> int:
    content = "\0".join(name).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(content, digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
