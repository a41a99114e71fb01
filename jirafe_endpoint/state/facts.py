"""Facts about a site: carts and orders as last sent, identities, and the people they are about."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from database.statements import BulkInsert, Lookup
from jirafe_endpoint.state.columns import person, stored_name, timestamp, to_json
from jirafe_endpoint.state.tables import FACTS, PEOPLE
from mappers import Fact, Key

Name = tuple[str, str, str]
"""A site, a kind and a name, in their stored form."""

FIRST_SEEN = "first-seen"
"""The kind of fact that keeps the earliest version instead of the latest."""

_RECALL = Lookup("site, kind, name, value", "endpoint_facts", "site, kind, name")
_REMEMBER = BulkInsert(
    FACTS,
    """
    ON CONFLICT (site, kind, name) DO UPDATE SET
        version = excluded.version, value = excluded.value, stored_at = excluded.stored_at
    WHERE CASE WHEN excluded.kind = 'first-seen' THEN excluded.version < endpoint_facts.version
        ELSE excluded.version >= endpoint_facts.version END
    """,
)
_RELATE = BulkInsert(PEOPLE, "ON CONFLICT DO NOTHING")


def name_of(site: str, key: Key) -> Name:
    """Return the stored form of a site's key."""
    return site, key.kind, stored_name(key)


def recall(connection: Connection, names: Iterable[Name]) -> dict[Name, str]:
    """Return the values of the known facts as JSON."""
    rows = _RECALL(connection, list(dict.fromkeys(names)))
    return {(site, kind, name): value for site, kind, name, value in rows}


def remembered(wanted: Mapping[Name, Key], stored: Mapping[Name, str]) -> dict[Key, Any]:
    """Return the values of those wanted facts that are known."""
    return {key: json.loads(stored[name]) for name, key in wanted.items() if name in stored}


def remember(connection: Connection, facts: Sequence[tuple[str, Fact]], now: datetime) -> None:
    """Store facts, each with its site, unless a later version is known.

    Facts of the kind FIRST_SEEN keep the earlier version.
    """
    stored_at = timestamp(now)
    # All processes use the same order, to avoid deadlocks on Postgres.
    named = sorted(((name_of(site, fact.key), fact) for site, fact in facts), key=_by_name)
    _REMEMBER(
        connection,
        [
            {
                "site": site,
                "kind": kind,
                "name": name,
                "version": fact.version,
                "value": to_json(fact.value),
                "stored_at": stored_at,
            }
            for (site, kind, name), fact in _winners(named).items()
        ],
    )
    people = {(n[0], person(one), *n[1:]) for n, fact in named for one in fact.people}
    columns = ("site", "person", "kind", "name")
    _RELATE(connection, [dict(zip(columns, row, strict=True)) for row in sorted(people)])


def _winners(named: Iterable[tuple[Name, Fact]]) -> dict[Name, Fact]:
    """Return for each name the fact that would remain if all were stored in turn."""
    winners: dict[Name, Fact] = {}
    for name, fact in named:
        other = winners.setdefault(name, fact)
        is_first_seen = fact.key.kind == FIRST_SEEN
        if fact.version < other.version if is_first_seen else fact.version >= other.version:
            winners[name] = fact
    return winners


def _by_name(named: tuple[Name, Fact]) -> Name:
    return named[0]
