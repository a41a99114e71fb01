"""Forget a person: keep the sums, and remove what links them to the person."""

import secrets
from collections.abc import Collection

from sqlalchemy import Connection, Table, func, select, update

from analytics.facts.customers import recounting
from analytics.facts.rows import among
from analytics.facts.values import Reader, identity
from analytics.refresh import lock
from analytics.sites import site_settings
from analytics.tables import CARTS, ORDERS, SEARCHES, VISIT_PRODUCTS, VISITS
from database.transactions import Database

_NAMING_VISITS = (VISITS, ORDERS, CARTS, VISIT_PRODUCTS, SEARCHES)


def forget(
    database: Database,
    site: str,
    names: Collection[str],
    visits: Collection[str] = (),
    visitors: Collection[str] = (),
    *,
    dry_run: bool = False,
) -> dict[str, int]:
    """Replace all keys of a person by random ones; return the number of rows by table.

    `names` are customer ids and lower-case e-mail addresses; `visits` and `visitors` are ids from
    browsers. Visits in which the person ordered are found automatically. A `dry_run` changes
    nothing.
    """
    with database.writing() as connection:
        lock(connection)
        read = Reader(site_settings(connection, site))
        customers = {read.customer_key(name) for name in names if name}
        own_visits = _visits(connection, site, customers, set(map(identity, visits)))
        browsers = set(map(identity, visitors)) | _visitors(connection, site, own_visits)
        own_visits |= _values(connection, VISITS, site, "visitor", browsers, "visit_id")
        if dry_run:
            return {
                ORDERS.name: _count(connection, ORDERS, site, "customer", customers),
                CARTS.name: _count(connection, CARTS, site, "customer", customers),
                VISITS.name: _count(connection, VISITS, site, "visitor", browsers),
            }
        stand_in = f"forgotten-{secrets.token_hex(8)}"
        with recounting(connection, site, {*customers, stand_in}):
            counts = {
                table.name: _rename(
                    connection, table, site, "customer", dict.fromkeys(customers, stand_in)
                )
                for table in (ORDERS, CARTS)
            }
        counts[VISITS.name] = _rename(connection, VISITS, site, "visitor", _random(browsers))
        renamed = _random(own_visits)
        for table in _NAMING_VISITS:
            _rename(connection, table, site, "visit_id", renamed)
    return counts


def _visits(connection: Connection, site: str, customers: set[str], visits: set[str]) -> set[str]:
    """Return the visits, and those in which the customers filled a cart or ordered."""
    theirs = [
        _values(connection, table, site, "customer", customers, "visit_id")
        for table in (ORDERS, CARTS)
    ]
    return visits.union(*theirs) - {""}


def _visitors(connection: Connection, site: str, visits: set[str]) -> set[str]:
    return _values(connection, VISITS, site, "visit_id", visits, "visitor") - {""}


def _values(
    connection: Connection, table: Table, site: str, column: str, keys: set[str], wanted: str
) -> set[str]:
    is_theirs = among(connection, table.c[column], keys - {""})
    return set(connection.scalars(select(table.c[wanted]).where(table.c.site == site, is_theirs)))


def _count(connection: Connection, table: Table, site: str, column: str, keys: set[str]) -> int:
    is_theirs = among(connection, table.c[column], keys - {""})
    return connection.scalar(select(func.count()).where(table.c.site == site, is_theirs)) or 0


def _random(keys: set[str]) -> dict[str, str]:
    return {key: f"forgotten-{secrets.token_hex(8)}" for key in keys - {""}}


def _rename(
    connection: Connection, table: Table, site: str, column: str, names: dict[str, str]
) -> int:
    """Replace the values of a column; return how many rows had one of them."""
    changed = 0
    for old, new in names.items():
        statement = update(table).where(table.c.site == site, table.c[column] == old)
        changed += connection.execute(statement.values({column: new})).rowcount
    return changed
