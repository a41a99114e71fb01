"""All that is remembered for messages, read by one statement a site."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, literal_column, null, select, union_all

from jirafe_endpoint.state.claims import Snapshot
from jirafe_endpoint.state.leases import Name
from jirafe_endpoint.state.tables import CUSTOMERS, MESSAGES, SNAPSHOTS

_MESSAGE, _SNAPSHOT, _CUSTOMER = "message", "snapshot", "customer"


class Wish(NamedTuple):
    """What is to be remembered for a message: its key, and those of its numbers and customers."""

    message: str
    names: Collection[Name]
    customers: Collection[str]


@dataclass(frozen=True)
class Memory:
    """What is remembered for a message: by names and keys, as they are kept.

    `reply` is JSON, None where the message is not finished; `sent` are the fingerprints of its
    events that were accepted so far.
    """

    reply: str | None
    sent: frozenset[str]
    snapshots: Mapping[Name, Snapshot]
    first_seen: Mapping[str, str]


@dataclass(frozen=True)
class _Found:
    """What is remembered for several messages of a site."""

    messages: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    snapshots: dict[Name, Snapshot] = field(default_factory=dict)
    first_seen: dict[str, str] = field(default_factory=dict)


_RECALL = union_all(
    select(
        literal_column(f"'{_MESSAGE}'"),
        null(),
        MESSAGES.c.message_id,
        MESSAGES.c.reply,
        MESSAGES.c.sent,
    ).where(
        MESSAGES.c.site == bindparam("site"),
        MESSAGES.c.message_id.in_(bindparam("messages", expanding=True)),
    ),
    select(
        literal_column(f"'{_SNAPSHOT}'"),
        SNAPSHOTS.c.kind,
        SNAPSHOTS.c.number,
        SNAPSHOTS.c["items"],
        SNAPSHOTS.c.change_date,
    ).where(
        SNAPSHOTS.c.site == bindparam("site"),
        SNAPSHOTS.c.kind.in_(bindparam("kinds", expanding=True)),
        SNAPSHOTS.c.number.in_(bindparam("numbers", expanding=True)),
    ),
    select(
        literal_column(f"'{_CUSTOMER}'"),
        null(),
        CUSTOMERS.c.customer_id,
        CUSTOMERS.c.first_seen,
        null(),
    ).where(
        CUSTOMERS.c.site == bindparam("site"),
        CUSTOMERS.c.customer_id.in_(bindparam("customers", expanding=True)),
    ),
)


def recall(connection: Connection, site: str, wishes: Sequence[Wish]) -> list[Memory]:
    """Return what is remembered for each of several messages of a site."""
    names = [name for wish in wishes for name in wish.names]
    rows = connection.execute(
        _RECALL,
        {
            "site": site,
            "messages": [wish.message for wish in wishes],
            "kinds": list({kind for kind, _ in names}),
            "numbers": [number for _, number in names],
            "customers": [customer for wish in wishes for customer in wish.customers],
        },
    ).all()
    found = _found(rows)
    return [_memory(found, wish) for wish in wishes]


def _found(rows: Iterable[Sequence[Any]]) -> _Found:
    found = _Found()
    for source, kind, name, content, more in rows:
        if source == _MESSAGE:
            found.messages[name] = content, more
        elif source == _SNAPSHOT:
            found.snapshots[kind, name] = Snapshot(more, json.loads(content))
        else:
            found.first_seen[name] = content
    return found


def _memory(found: _Found, wish: Wish) -> Memory:
    reply, sent = found.messages.get(wish.message, (None, "[]"))
    return Memory(
        reply,
        frozenset(json.loads(sent)),
        {name: found.snapshots[name] for name in wish.names if name in found.snapshots},
        {one: found.first_seen[one] for one in wish.customers if one in found.first_seen},
    )
