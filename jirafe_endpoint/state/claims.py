"""Claims on messages: exclusive locks on a message and the objects it is about."""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from database.group_commit import PendingWrite
from database.transactions import Database
from jirafe_endpoint.state import facts, leases, results
from jirafe_endpoint.state.columns import milliseconds
from jirafe_endpoint.state.dead_letters import DeadLetter
from jirafe_endpoint.state.facts import Name, name_of
from jirafe_endpoint.state.leases import MESSAGE, Lease
from jirafe_endpoint.state.results import Claim, End, Finished, Id, Known, sent_before
from mappers import Fact, Key


@dataclass(frozen=True)
class Busy:
    """The message, or an object it is about, is being processed."""


class _Request(NamedTuple):
    """Arguments of `claim`."""

    id: Id
    lease: Lease
    recalls: Mapping[Name, Key]
    again: bool


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
    ) -> bool:
        """Release a claim, store the result, and perform `writes`; return True.

        With a reply, the message is finished. Without one it can be retried, and `sent` are the
        fingerprints of its events that were accepted so far. If another process has taken the
        claim over, only facts and `writes` are stored.
        """
        end = End(claim, reply, frozenset(sent), facts, dead_letter, writes)
        return self._database.group_commit(self._settle_all, end)

    def _claim_all(
        self, connection: Connection, requests: Sequence[_Request]
    ) -> list[Claim | Finished | Busy]:
        now = milliseconds(self._clock())
        known = results.known(connection, (request.id for request in requests))
        unfinished = _unfinished(requests, known)
        if not unfinished:
            return [_result(request, known, {}, ()) for request in requests]
        got = leases.take(
            connection, [request.lease for request in unfinished], now, now + self._lease
        )
        ours = [request for request in unfinished if request.lease.owner in got]
        # Read after the leases were taken, so that what others did before them is seen.
        known |= results.known(connection, (request.id for request in ours))
        memory = facts.recall(connection, (name for request in ours for name in request.recalls))
        answers = [_result(request, known, memory, got) for request in requests]
        leases.release(connection, [request.lease for request in ours if _finished(request, known)])
        return answers

    def _settle_all(self, connection: Connection, ends: Sequence[End]) -> list[bool]:
        held = leases.release(connection, [end.claim.lease for end in ends if end.claim.lease])
        ours, lost = list[End](), list[End]()
        for end in ends:
            is_held = end.claim.lease is not None and end.claim.lease.owner in held
            (ours if is_held else lost).append(end)
        results.save(connection, ours, self._clock(), also=lost)
        return [True] * len(ends)


def _request(
    site: str, identity: str, locks: Iterable[Key], recalls: Iterable[Key], *, again: bool
) -> _Request:
    names = {name_of(site, key): None for key in locks}
    lease = Lease(secrets.token_hex(16), [(site, MESSAGE, identity), *names])
    return _Request((site, identity), lease, {name_of(site, key): key for key in recalls}, again)


def _unfinished(requests: Sequence[_Request], known: Mapping[Id, Known]) -> list[_Request]:
    """Return the claims on unfinished messages; of several with a name in common, the first."""
    taken, found = set[Name](), list[_Request]()
    for request in requests:
        if not _finished(request, known) and taken.isdisjoint(request.lease.names):
            taken.update(request.lease.names)
            found.append(request)
    return found


def _finished(request: _Request, known: Mapping[Id, Known]) -> Finished | None:
    message = known.get(request.id)
    return None if message is None or request.again else message.finished()


def _result(
    request: _Request,
    known: Mapping[Id, Known],
    memory: Mapping[Name, str],
    owners: Collection[str],
) -> Claim | Finished | Busy:
    if finished := _finished(request, known):
        return finished
    if request.lease.owner not in owners:
        return Busy()
    message = known.get(request.id)
    remembered = facts.remembered(request.recalls, memory)
    return Claim(*request.id, request.lease, remembered, sent_before(message))
