"""Who works on what: leases on messages and on the numbers of carts, orders and categories."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Insert, bindparam, delete

from database.upsert import Upsert
from jirafe_endpoint.state.tables import LEASES

MESSAGE = "message"
"""The kind under which a message is leased."""

Name = tuple[str, str]
"""A kind, and the key of a message or number."""


def _take(insert: Any) -> Insert:
    """Build what takes a lease that is free.

    It is free where it has ended, and where it ends so late that the clock must have been set
    back meanwhile: later than a lease after a new one. Clocks that differ by less take nothing
    from one another.
    """
    statement = insert(LEASES)
    new = statement.excluded
    is_free = (LEASES.c.until <= bindparam("now")) | (LEASES.c.until > bindparam("latest"))
    taken: Insert = statement.on_conflict_do_update(
        index_elements=[LEASES.c.site, LEASES.c.kind, LEASES.c.number],
        set_={"owner": new.owner, "until": new.until},
        where=is_free,
    )
    return taken


_TAKE = Upsert(_take)
_RELEASE = delete(LEASES).where(
    LEASES.c.site == bindparam("its_site"),
    LEASES.c.kind == bindparam("its_kind"),
    LEASES.c.number == bindparam("its_number"),
    LEASES.c.owner == bindparam("its_owner"),
)


class Held(NamedTuple):
    """Names of a site that an owner leases, or has."""

    site: str
    names: Iterable[Name]
    owner: str


def take(connection: Connection, wanted: Iterable[Held], now: int, until: int) -> bool:
    """Lease all of the names, `now` being milliseconds; False where one was not to be had."""
    rows = [
        {
            "site": site,
            "kind": kind,
            "number": number,
            "owner": owner,
            "until": until,
            "now": now,
            "latest": until + (until - now),
        }
        for site, names, owner in wanted
        for kind, number in _in_order(names)
    ]
    return not rows or _TAKE(connection, rows) == len(rows)


def release(connection: Connection, held: Iterable[Held]) -> None:
    """Give back those of the names that their owners still have."""
    rows = [
        {"its_site": site, "its_kind": kind, "its_number": number, "its_owner": owner}
        for site, names, owner in held
        for kind, number in _in_order(names)
    ]
    if rows:
        connection.execute(_RELEASE, rows)


def _in_order(names: Iterable[Name]) -> list[Name]:
    """Return the names in one order of locking for all, or Postgres would see deadlocks.

    The message is first, as `settle` locks it first.
    """
    return sorted(names, key=lambda name: (name[0] != MESSAGE, name))
