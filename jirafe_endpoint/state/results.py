"""The stored results of messages, and what a claim on a message knows about earlier ones."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from database.group_commit import PendingWrite, Write
from database.statements import BulkInsert, Lookup
from jirafe_endpoint.state import facts
from jirafe_endpoint.state.columns import timestamp, to_json
from jirafe_endpoint.state.dead_letters import DeadLetter, store
from jirafe_endpoint.state.facts import Name
from jirafe_endpoint.state.leases import Lease
from jirafe_endpoint.state.tables import MESSAGES
from mappers import Fact, Key

Id = tuple[str, str]
"""A site and a message's identity."""

_KNOWN = Lookup("site, identity, reply, sent", "endpoint_messages", "site, identity")
_NOTE = BulkInsert(
    MESSAGES,
    """
    ON CONFLICT (site, identity) DO UPDATE SET
        reply = excluded.reply, sent = excluded.sent, stored_at = excluded.stored_at
    """,
)


@dataclass(frozen=True)
class Claim:
    """The right to process a message, and what is remembered.

    `memory` has the values of known facts, `sent` the fingerprints of the message's events that
    were accepted in earlier attempts. An exclusive claim has a `lease`. An optimistic one has what
    was stored when it was read: `known` about the message, `seen` about its objects, by name.
    """

    site: str
    identity: str
    lease: Lease | None = None
    memory: Mapping[Key, Any] = field(default_factory=dict)
    sent: frozenset[str] = frozenset()
    known: "Known | None" = None
    seen: Mapping[Name, str | None] = field(default_factory=dict)

    @property
    def id(self) -> Id:
        """The site and the message's identity."""
        return self.site, self.identity


@dataclass(frozen=True)
class Finished:
    """The message was finished earlier, with this reply."""

    reply: dict[str, Any]


class Known(NamedTuple):
    """The stored part of a message."""

    reply: str | None
    sent: str

    def finished(self) -> Finished | None:
        """Return the reply if the message is finished."""
        return None if self.reply is None else Finished(json.loads(self.reply))


class End(NamedTuple):
    """How an attempt at a message ended, as `settle` gets it."""

    claim: Claim
    reply: dict[str, Any] | None
    sent: frozenset[str]
    facts: Sequence[Fact]
    dead_letter: DeadLetter | None
    writes: Sequence[PendingWrite] = ()

    @property
    def leaves_a_note(self) -> bool:
        """Whether the message's row changes: it is finished, or other events were sent."""
        has_ended = self.reply is not None or self.dead_letter is not None
        return has_ended or self.claim.sent != self.sent

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store."""
        return not (self.leaves_a_note or self.facts or self.writes)


def known(connection: Connection, ids: Iterable[Id]) -> dict[Id, Known]:
    """Return what is stored about messages."""
    rows = _KNOWN(connection, list(dict.fromkeys(ids)))
    return {(site, identity): Known(reply, sent) for site, identity, reply, sent in rows}


def sent_before(message: Known | None) -> frozenset[str]:
    """Return the fingerprints of a message's events that were accepted in earlier attempts."""
    return frozenset(json.loads(message.sent)) if message else frozenset()


def save(
    connection: Connection, ends: Sequence[End], now: datetime, *, also: Sequence[End] = ()
) -> None:
    """Store the results of messages.

    Of those in `also`, whose claims were lost, store only the facts and the writes.
    """
    notes = [_note(end, now) for end in ends if end.leaves_a_note]
    _NOTE(connection, sorted(notes, key=lambda row: (row["site"], row["identity"])))
    every = (*ends, *also)
    facts.remember(connection, [(e.claim.site, fact) for e in every for fact in e.facts], now)
    for end in ends:
        if end.dead_letter:
            store(connection, end.dead_letter, now)
    _write_all(connection, [write for end in every for write in end.writes])


def _write_all(connection: Connection, pending: Iterable[PendingWrite]) -> None:
    items: defaultdict[Write[Any, Any], list[Any]] = defaultdict(list)
    for write, item in pending:
        items[write].append(item)
    for write, own in items.items():
        write(connection, own)


def _note(end: End, now: datetime) -> dict[str, Any]:
    return {
        "site": end.claim.site,
        "identity": end.claim.identity,
        "reply": None if end.reply is None else to_json(end.reply),
        "sent": to_json(sorted(end.sent)),
        "stored_at": timestamp(now),
    }
