"""All that is remembered for a message, read by one statement."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, literal_column, null, select, union_all

from jirafe_endpoint.claims import Snapshot
from jirafe_endpoint.store.leases import Name
from jirafe_endpoint.store.tables import CUSTOMERS, MESSAGES, SNAPSHOTS

_MESSAGE, _SNAPSHOT, _CUSTOMER = "message", "snapshot", "customer"


@dataclass(frozen=True)
class Memory:
    """What is remembered: by names and keys, as they are kept.

    `reply` is JSON, None where the message is not finished; `sent` are the fingerprints of its
    events that were accepted so far.
    """

    reply: str | None
    sent: frozenset[str]
    snapshots: Mapping[Name, Snapshot]
    first_seen: Mapping[str, str]


_RECALL = union_all(
    select(
        literal_column(f"'{_MESSAGE}'"),
        null(),
        MESSAGES.c.message_id,
        MESSAGES.c.reply,
        MESSAGES.c.sent,
    ).where(MESSAGES.c.site == bindparam("site"), MESSAGES.c.message_id == bindparam("message")),
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


def recall(
    connection: Connection,
    site: str,
    message: str | None,
    names: Iterable[Name],
    customers: Iterable[str],
) -> Memory:
    """Return what is remembered of a message, and of more names than asked for at most."""
    pairs = list(names)
    rows = connection.execute(
        _RECALL,
        {
            "site": site,
            "message": message,
            "kinds": list({kind for kind, _ in pairs}),
            "numbers": [number for _, number in pairs],
            "customers": list(customers),
        },
    ).all()
    return _memory(rows)


def _memory(rows: Iterable[Sequence[Any]]) -> Memory:
    reply, sent = None, frozenset[str]()
    snapshots, first_seen = {}, {}
    for source, kind, name, content, more in rows:
        if source == _MESSAGE:
            reply, sent = content, frozenset(json.loads(more))
        elif source == _SNAPSHOT:
            snapshots[kind, name] = Snapshot(more, json.loads(content))
        else:
            first_seen[name] = content
    return Memory(reply, sent, snapshots, first_seen)
