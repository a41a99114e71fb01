"""What was last sent of each cart, order and category, and when a customer was first seen."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert

from database.upsert import Upsert
from jirafe_endpoint.state.claims import Key, Snapshot
from jirafe_endpoint.state.columns import key, timestamp, to_json
from jirafe_endpoint.state.leases import Name
from jirafe_endpoint.state.tables import CUSTOMERS, SNAPSHOTS


def _keep(insert: Any) -> Insert:
    statement = insert(SNAPSHOTS)
    new = statement.excluded
    kept: Insert = statement.on_conflict_do_update(
        index_elements=[SNAPSHOTS.c.site, SNAPSHOTS.c.kind, SNAPSHOTS.c.number],
        set_={"change_date": new.change_date, "items": new["items"], "kept_at": new.kept_at},
        where=SNAPSHOTS.c.change_date <= new.change_date,
    )
    return kept


def _meet(insert: Any) -> Insert:
    statement: Insert = insert(CUSTOMERS).on_conflict_do_nothing()
    return statement


_KEEP, _MEET = Upsert(_keep), Upsert(_meet)


def names(keys: Iterable[Key]) -> dict[Name, Key]:
    """Return the keys by the names that they are kept under."""
    return {(one.kind, key(one.number)): one for one in keys}


def keep(
    connection: Connection, sent: Iterable[tuple[str, Mapping[Key, Snapshot]]], now: datetime
) -> None:
    """Keep the snapshots of sites, but for those that are older than the kept one."""
    kept_at = timestamp(now)
    rows = [
        {
            "site": site,
            "kind": kind,
            "number": number,
            "change_date": snapshots[one].change_date,
            "items": to_json(snapshots[one].items),
            "kept_at": kept_at,
        }
        for site, snapshots in sent
        for (kind, number), one in sorted(names(snapshots).items())
    ]
    if rows:
        _KEEP(connection, rows)


def meet(connection: Connection, seen: Iterable[tuple[str, Mapping[str, str]]]) -> None:
    """Keep when the customers of sites were seen, by their ids, unless they were seen before."""
    rows = [
        {"site": site, "customer_id": customer, "first_seen": date}
        for site, customers in seen
        for customer, date in sorted((key(one), date) for one, date in customers.items())
    ]
    if rows:
        _MEET(connection, rows)
