"""Leases on messages and on the carts, orders and other objects they are about."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from database.statements import BulkDelete, BulkInsert
from jirafe_endpoint.state.facts import Name
from jirafe_endpoint.state.tables import LEASES

MESSAGE = "message"
"""The kind under which a message is leased."""


class Lease(NamedTuple):
    """The names that an owner has leased, or wants to lease."""

    owner: str
    names: Sequence[Name]


# A lease is free once it has ended. It is also free if it ends later than a new one would, because
# then the clock was set back. Clocks that differ by less than a lease do no harm.
_TAKE = BulkInsert(
    LEASES,
    """
    ON CONFLICT (site, kind, name) DO UPDATE SET owner = excluded.owner, until = excluded.until
    WHERE endpoint_leases.until <= :now OR endpoint_leases.until > :latest
    """,
    tells_rows=True,
)
_RELEASE = BulkDelete(LEASES, "site", "kind", "name", "owner")


def take(connection: Connection, wanted: Sequence[Lease], now: int, until: int) -> set[str]:
    """Lease the names, and return the owners that got all of theirs. Others keep none.

    Times are milliseconds since 1970. No name may be wanted twice.
    """
    rows = _rows(wanted, until=until, now=now, latest=until + (until - now))
    taken = Counter(row["owner"] for row in _TAKE(connection, rows))
    whole = {lease.owner for lease in wanted if taken[lease.owner] == len(lease.names)}
    release(connection, [lease for lease in wanted if lease.owner not in whole])
    return whole


def release(connection: Connection, leases: Sequence[Lease]) -> set[str]:
    """Release the names that their owners still hold; return the owners that held their message."""
    released = _RELEASE(connection, _rows(leases))
    return {row["owner"] for row in released if row["kind"] == MESSAGE}


def _rows(leases: Iterable[Lease], **more: int) -> list[dict[str, str | int]]:
    """Return the rows of leases in a fixed locking order, to avoid deadlocks on Postgres."""
    named = sorted((name, lease.owner) for lease in leases for name in lease.names)
    return [
        {"site": site, "kind": kind, "name": name, "owner": owner, **more}
        for (site, kind, name), owner in named
    ]
