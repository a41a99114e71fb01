"""Claims on messages: exclusive locks on a message and the objects it is about."""

import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from database.group_commit import PendingWrite, Write
from database.statements import BulkInsert, Lookup
from database.transactions import Database
from jirafe_endpoint.state import facts, leases
from jirafe_endpoint.state.columns import milliseconds, timestamp, to_json
from jirafe_endpoint.state.dead_letters import DeadLetter, store
from jirafe_endpoint.state.facts import Name, name_of
from jirafe_endpoint.state.leases import MESSAGE, Lease
from jirafe_endpoint.state.tables import MESSAGES
from mappers import Fact, Key

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
    """The exclusive right to process a message until the lease ends, and what is remembered.

    `memory` has the values of known facts, `sent` the fingerprints of the message's events that
    were accepted in earlier attempts.
    """

    site: str
    identity: str
    lease: Lease
    memory: Mapping[Key, Any] = field(default_factory=dict)
    sent: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Finished:
    """The message was finished earlier, with this reply."""

    reply: dict[str, Any]


@dataclass(frozen=True)
class Busy:
    """The message, or an object it is about, is being processed."""


class _Request(NamedTuple):
    """Arguments of `claim`."""

    site: str
    identity: str
    lease: Lease
    recalls: Mapping[Name, Key]
    again: bool


class _Known(NamedTuple):
    """The stored part of a message."""

    reply: str | None
    sent: str


class _End(NamedTuple):
    """Arguments of `settle`."""

    claim: Claim
    reply: dict[str, Any] | None
    sent: frozenset[str]
    facts: Sequence[Fact]
    dead_letter: DeadLetter | None
    writes: Sequence[PendingWrite] = ()


class Claims:
    """The claims on messages; both methods raise DatabaseUnavailableError."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], lease_seconds: float
    ) -> None:
        self._database = database
        self._clock = clock
        self._lease = round(lease_seconds * 1000)

    def claim(
        self,
        site: str,
        identity: str,
        locks: Iterable[Key] = (),
        recalls: Iterable[Key] = (),
        *,
        again: bool = False,
    ) -> Claim | Finished | Busy:
        """Lease a message and its locks, and return the claim with what is remembered.

        Return Finished if the message was finished, unless it is to be processed `again`.
        """
        request = _request(site, identity, locks, recalls, again=again)
        # If the machine crashes, the message was not answered, and its claim is of no use.
        return self._database.group_commit(self._claim_all, request, durable=False)

    def settle(
        self,
        claim: Claim,
        *,
        reply: dict[str, Any] | None = None,
        sent: Iterable[str] = (),
        facts: Sequence[Fact] = (),
        dead_letter: DeadLetter | None = None,
        writes: Sequence[PendingWrite] = (),
    ) -> None:
        """Release a claim, store the result, and perform `writes`.

        With a reply, the message is finished. Without one it can be retried, and `sent` are the
        fingerprints of its events that were accepted so far. If another process has taken the
        claim over, only facts and `writes` are stored.
        """
        end = _End(claim, reply, frozenset(sent), facts, dead_letter, writes)
        self._database.group_commit(self._settle_all, end)

    def _claim_all(
        self, connection: Connection, requests: Sequence[_Request]
    ) -> list[Claim | Finished | Busy]:
        now = milliseconds(self._clock())
        known = _known(connection, requests)
        unfinished = _unfinished(requests, known)
        if not unfinished:
            return [_result(request, known, {}, ()) for request in requests]
        got = leases.take(
            connection, [request.lease for request in unfinished], now, now + self._lease
        )
        ours = [request for request in unfinished if request.lease.owner in got]
        # Read after the leases were taken, so that what others did before them is seen.
        known |= _known(connection, ours)
        memory = facts.recall(connection, (name for request in ours for name in request.recalls))
        results = [_result(request, known, memory, got) for request in requests]
        leases.release(connection, [request.lease for request in ours if _finished(request, known)])
        return results

    def _settle_all(self, connection: Connection, ends: Sequence[_End]) -> list[None]:
        now = self._clock()
        held = leases.release(connection, [end.claim.lease for end in ends])
        ours = [end for end in ends if end.claim.lease.owner in held]
        notes = [_note(end, now) for end in ours if _leaves_a_note(end)]
        _NOTE(connection, sorted(notes, key=lambda row: (row["site"], row["identity"])))
        facts.remember(connection, [(e.claim.site, fact) for e in ends for fact in e.facts], now)
        for end in ours:
            if end.dead_letter:
                store(connection, end.dead_letter, now)
        _write_all(connection, [write for end in ends for write in end.writes])
        return [None] * len(ends)


def _write_all(connection: Connection, pending: Iterable[PendingWrite]) -> None:
    items: defaultdict[Write[Any, Any], list[Any]] = defaultdict(list)
    for write, item in pending:
        items[write].append(item)
    for write, own in items.items():
        write(connection, own)


def _request(
    site: str, identity: str, locks: Iterable[Key], recalls: Iterable[Key], *, again: bool
) -> _Request:
    names = {name_of(site, key): None for key in locks}
    lease = Lease(secrets.token_hex(16), [(site, MESSAGE, identity), *names])
    return _Request(site, identity, lease, {name_of(site, key): key for key in recalls}, again)


def _known(connection: Connection, requests: Iterable[_Request]) -> dict[tuple[str, str], _Known]:
    rows = _KNOWN(
        connection, list({(request.site, request.identity): None for request in requests})
    )
    return {(site, identity): _Known(reply, sent) for site, identity, reply, sent in rows}


def _unfinished(
    requests: Sequence[_Request], known: Mapping[tuple[str, str], _Known]
) -> list[_Request]:
    """Return the claims on unfinished messages; of several with a name in common, the first."""
    taken, found = set[Name](), list[_Request]()
    for request in requests:
        if not _finished(request, known) and taken.isdisjoint(request.lease.names):
            taken.update(request.lease.names)
            found.append(request)
    return found


def _finished(request: _Request, known: Mapping[tuple[str, str], _Known]) -> Finished | None:
    message = known.get((request.site, request.identity))
    if message is None or message.reply is None or request.again:
        return None
    return Finished(json.loads(message.reply))


def _result(
    request: _Request,
    known: Mapping[tuple[str, str], _Known],
    memory: Mapping[Name, Any],
    owners: Collection[str],
) -> Claim | Finished | Busy:
    if finished := _finished(request, known):
        return finished
    if request.lease.owner not in owners:
        return Busy()
    message = known.get((request.site, request.identity))
    remembered = {key: memory[name] for name, key in request.recalls.items() if name in memory}
    sent = frozenset[str](json.loads(message.sent)) if message else frozenset[str]()
    return Claim(request.site, request.identity, request.lease, remembered, sent)


def _leaves_a_note(end: _End) -> bool:
    """Return whether the message's row changes: it is finished, or other events were sent."""
    has_ended = end.reply is not None or end.dead_letter is not None
    return has_ended or end.claim.sent != end.sent


def _note(end: _End, now: datetime) -> dict[str, Any]:
    return {
        "site": end.claim.site,
        "identity": end.claim.identity,
        "reply": None if end.reply is None else to_json(end.reply),
        "sent": to_json(sorted(end.sent)),
        "stored_at": timestamp(now),
    }
