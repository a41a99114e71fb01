"""Claims that lock nothing, for messages whose only effects are in the database.

What a message's events were made from is read again in the transaction that stores them. If it has
changed by then, nothing is stored, and the message has to be processed again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from database.group_commit import PendingWrite
from database.name_locks import lock
from database.transactions import Database
from jirafe_endpoint.state import facts, results
from jirafe_endpoint.state.dead_letters import DeadLetter
from jirafe_endpoint.state.facts import Name, name_of
from jirafe_endpoint.state.results import Claim, End, Finished, Id, Known, sent_before
from mappers import Fact, Key


class _Request(NamedTuple):
    """Arguments of `claim`; `guarded` are the facts about the message's objects."""

    id: Id
    recalls: Mapping[Name, Key]
    guarded: Sequence[Name]
    again: bool


class OptimisticClaims:
    """The claims on messages; both methods raise DatabaseUnavailableError."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def claim(
        self,
        site: str,
        identity: str,
        locks: Iterable[Key] = (),
        recalls: Iterable[Key] = (),
        *,
        again: bool = False,
    ) -> Claim | Finished:
        """Return a claim on a message with what is remembered; others may hold one, too.

        Return Finished if the message was finished, unless it is to be processed `again`.
        """
        request = _request(site, identity, list(locks), recalls, again=again)
        return self._database.group_read(_read_all, request)

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
        """Store the result of a message, perform `writes`, and return True.

        Return False, and store nothing, if the message or one of its objects has changed since the
        claim. With a reply, the message is finished. Without one it can be retried, and `sent` are
        the fingerprints of its events that were accepted so far.
        """
        end = End(claim, reply, frozenset(sent), facts, dead_letter, writes)
        return end.is_empty or self._database.group_commit(self._settle_all, end)

    def _settle_all(self, connection: Connection, ends: Sequence[End]) -> list[bool]:
        lock(connection, {name for end in ends for name in _locks(end.claim)})
        # Read after the locks were taken, so that what others did before them is seen.
        known = results.known(connection, (end.claim.id for end in ends))
        stored = facts.recall(connection, (name for end in ends for name in end.claim.seen))
        changed = set[tuple[str, ...]]()
        ours, are_ours = list[End](), list[bool]()
        for end in ends:
            names: tuple[tuple[str, ...], ...] = (end.claim.id, *end.claim.seen)
            is_ours = changed.isdisjoint(names) and _is_current(end.claim, known, stored)
            are_ours.append(is_ours)
            if is_ours:
                changed.update(names)
                ours.append(end)
        results.save(connection, ours, self._clock())
        return are_ours


def _request(
    site: str, identity: str, locks: Sequence[Key], recalls: Iterable[Key], *, again: bool
) -> _Request:
    names = {name_of(site, key): key for key in (*locks, *recalls)}
    objects = {key.name for key in locks}
    guarded = [name for name, key in names.items() if key.name in objects]
    return _Request((site, identity), names, guarded, again)


def _read_all(connection: Connection, requests: Sequence[_Request]) -> list[Claim | Finished]:
    known = results.known(connection, (request.id for request in requests))
    stored = facts.recall(connection, (name for request in requests for name in request.recalls))
    return [_result(request, known.get(request.id), stored) for request in requests]


def _result(
    request: _Request, message: Known | None, stored: Mapping[Name, str]
) -> Claim | Finished:
    if message and not request.again and (finished := message.finished()):
        return finished
    return Claim(
        *request.id,
        memory=facts.remembered(request.recalls, stored),
        sent=sent_before(message),
        known=message,
        seen={name: stored.get(name) for name in request.guarded},
    )


def _locks(claim: Claim) -> set[tuple[str, str]]:
    """Return the objects of a message, or the message itself if it is about none."""
    return {(site, name) for site, _, name in claim.seen} or {claim.id}


def _is_current(claim: Claim, known: Mapping[Id, Known], stored: Mapping[Name, str]) -> bool:
    """Return whether what was read for a claim is what is stored now."""
    is_same = known.get(claim.id) == claim.known
    return is_same and all(stored.get(name) == text for name, text in claim.seen.items())
