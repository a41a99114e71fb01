"""Leases on messages and on the carts, orders and other objects they are about."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from database.statements import BulkInsert, Lookup, Write
from jirafe_endpoint.state.facts import Name
from jirafe_endpoint.state.tables import LEASES

MESSAGE = "message"
"""The kind under which a message is leased."""


class Lease(NamedTuple):
    """Names that one owner works on, or wants to."""

    owner: str
    names: Sequence[Name]


# A lease is free once it has ended, and also if it ends later than a new one would: the clock was
# set back. Clocks that differ by less than a lease take nothing from one another.
_TAKEN = Lookup("site, kind, name, until", "endpoint_leases", "site, kind, name")
_TAKE = BulkInsert(
    LEASES,
    """
    ON CONFLICT (site, kind, name) DO UPDATE SET owner = excluded.owner, until = excluded.until
    WHERE endpoint_leases.until <= :now OR endpoint_leases.until > :latest
    """,
)
_OWNED = Lookup("site, kind, name, owner", "endpoint_leases", "site, kind, name", for_update=True)
_RELEASE = Write("""
    DELETE FROM endpoint_leases
    WHERE site = :site AND kind = :kind AND name = :name AND owner = :owner
""")


def taken(connection: Connection, names: Sequence[Name], now: int, until: int) -> set[Name]:
    """Return the names that somebody works on; times are milliseconds since 1970."""
    latest = until + (until - now)
    rows = _TAKEN(connection, names)
    return {(site, kind, name) for site, kind, name, ends in rows if now < ends <= latest}


def take(connection: Connection, wanted: Sequence[Lease], now: int, until: int) -> set[str]:
    """Lease the names, and return the owners that got all of theirs; no others keep any."""
    rows = _rows(wanted, until=until, now=now, latest=until + (until - now))
    if _TAKE(connection, rows) == len(rows):
        return {lease.owner for lease in wanted}
    got = owners(connection, [name for lease in wanted for name in lease.names])
    whole = {one.owner for one in wanted if all(got.get(n) == one.owner for n in one.names)}
    release(connection, [lease for lease in wanted if lease.owner not in whole])
    return whole


def release(connection: Connection, leases: Sequence[Lease]) -> None:
    """Release the names that their owners still hold."""
    _RELEASE(connection, _rows(leases))


def owners(connection: Connection, names: Sequence[Name]) -> Mapping[Name, str]:
    """Return who leases the names; that stays so until the transaction ends."""
    rows = _OWNED(connection, sorted(names))
    return {(site, kind, name): owner for site, kind, name, owner in rows}


def _rows(leases: Iterable[Lease], **more: int) -> list[dict[str, str | int]]:
    """Return the rows of leases in a fixed locking order, to avoid deadlocks on Postgres.

    Messages come first because `settle` locks them first.
    """
    named = sorted(
        ((name, lease.owner) for lease in leases for name in lease.names),
        key=lambda one: (one[0][1] != MESSAGE, one),
    )
    return [
        {"site": site, "kind": kind, "name": name, "owner": owner, **more}
        for (site, kind, name), owner in named
    ]
