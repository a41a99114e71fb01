"""Process one message: claim it, send its events, store and return the reply.

Repeats get the stored reply, concurrent repeats wait, and outdated states are not sent.
"""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.delivery import drafts
from jirafe_endpoint.delivery.outcomes import (
    End,
    end_of,
    end_of_refused,
    known_results,
    try_again,
    undelivered,
    without_state,
)
from jirafe_endpoint.delivery.proof import Proof
from jirafe_endpoint.errors import RefusedMessageError
from jirafe_endpoint.jirafe.results import Outcome, Result
from jirafe_endpoint.messages import envelopes
from jirafe_endpoint.messages.message import Message, Reply
from jirafe_endpoint.messages.services import ANY, HubService
from jirafe_endpoint.observability import message_log
from jirafe_endpoint.state.claims import Busy, Claims
from jirafe_endpoint.state.dead_letters import DeadLetter
from jirafe_endpoint.state.optimistic import OptimisticClaims
from jirafe_endpoint.state.results import Claim, Finished
from mappers import Draft, Event, Mapped
from mappers.events import once_property

EXTENSION = "jirafe_endpoint"
"""The key among the application's extensions."""

LONGEST_WAIT = 5.0
"""Seconds to wait for another message about the same object before asking the hub to retry."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 0.5
"""Seconds between two checks whether the other message is done; each pause is twice the last."""

_NOT_SENT = {Outcome.ACCEPTED: "sent_before", Outcome.OUTDATED: "outdated"}


class Sender(Protocol):
    """Sends events to Jirafe."""

    def send(self, site: str, token: str, events: Sequence[Event], deadline: float) -> list[Result]:
        """Send events, and return the result of each before the monotonic `deadline`."""


@dataclass(frozen=True)
class Job:
    """A message to deliver; `replayed` is its identity if it is a replayed dead letter."""

    message: Message
    service: HubService
    site: str
    token: str
    deadline: float
    replayed: str = ""

    @once_property
    def identity(self) -> str:
        """A digest that only the repeats of the message share."""
        return self.replayed or self.message.identity(self.service.name)


class MessageProcessor:
    """Processes messages.

    A message may take `patience` seconds. `waiting` returns a context for the time during which
    events are sent.
    """

    def __init__(
        self,
        claims: Claims | OptimisticClaims,
        sender: Sender,
        proof: Proof,
        clock: Callable[[], datetime],
        patience: float,
        waiting: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._claims = claims
        self._sender = sender
        self._proof = proof
        self._clock = clock
        self._patience = patience
        self._waiting = waiting

    def process(self, message: Message, service: HubService = ANY) -> Reply:
        """Map a message that was posted to a service, send its events, and return the reply.

        Raise an EndpointError unless every event was accepted.
        """
        job = self.job(message, service)
        self.prove(job)
        return self.deliver(job)

    def job(self, message: Message, service: HubService) -> Job:
        """Return a message as a job. Raise an EndpointError if it has no site or token."""
        deadline = time.monotonic() + self._patience
        if message.type not in service.types and not message.has_credentials:
            raise drafts.unsupported(message, service.types)
        return Job(message, service, *message.site_and_token(), deadline)

    def is_proven(self, job: Job, patience: float = 0) -> bool:
        """Whether `prove` has nothing to ask, after up to `patience` seconds if it is asking."""
        return self._proof.is_known(job.site, job.token, patience)

    def prove(self, job: Job) -> None:
        """Raise an EndpointError unless the token is the site's; nothing may be stored before."""
        proof = self._proof.of(job.site, job.token, job.deadline)
        if proof.outcome is not Outcome.ACCEPTED:
            raise undelivered(job.message, proof, job.message.main_event)

    def deliver(self, job: Job) -> Reply:
        """Map a proven message, send its events, and return the reply. Raise as `process` does."""
        with message_log.current().step("map"):
            draft = drafts.read(job.message, job.service.types, self._clock())
        ends = min(job.deadline, time.monotonic() + LONGEST_WAIT)
        pause = SHORTEST_PAUSE
        while (reply := self._attempt(job, draft)) is None:
            if time.monotonic() + pause > ends:
                reason = "An earlier message about it is in progress."
                raise try_again(job.message, reason, retry_after=1)
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - not all at the same time
            pause = min(2 * pause, LONGEST_PAUSE)
        return reply

    def replay(self, letter: DeadLetter, token: str) -> Reply:
        """Process a dead letter again, and return the reply. Raise as `process` does.

        Events that were accepted before are not sent again.
        """
        deadline = time.monotonic() + self._patience
        envelope = {"message": letter.type, "message_id": letter.message_id}
        message = envelopes.message(envelope | {"payload": letter.payload}, None)
        credentials = {"site_id": letter.site, "access_token": token}
        message = replace(message, parameters={**message.parameters, **credentials})
        job = Job(message, ANY, *message.site_and_token(), deadline, letter.identity)
        self.prove(job)
        return self.deliver(job)

    def _attempt(self, job: Job, draft: Draft) -> Reply | None:
        """Return the reply, or None if another message about the same object is in the way."""
        claim = self._claim(job, draft)
        if isinstance(claim, Busy):
            return None
        if isinstance(claim, Finished):
            message_log.current().outcome = "repeated"
            return Reply.of(claim.reply, job.message.message_id)
        return self._deliver(job, draft, claim)

    def _claim(self, job: Job, draft: Draft) -> Claim | Finished | Busy:
        claim, locks, recalls = self._claims.claim, draft.locks, draft.recalls
        try:
            with message_log.current().step("claim"):
                return claim(job.site, job.identity, locks, recalls, again=bool(job.replayed))
        except DatabaseUnavailableError as error:
            raise without_state(job.message, error) from error

    def _deliver(self, job: Job, draft: Draft, claim: Claim) -> Reply | None:
        """Send the events of a claimed message; return as `_attempt` does."""
        end = End(sent=claim.sent)  # after a bug, so that the message can be retried at once
        is_settled = False
        try:
            end = self._send(job, draft, claim)
        finally:
            is_settled = self._settle(job, claim, end)
        if not is_settled:
            message_log.current().start_again()
            return None
        if end.problem:
            raise end.problem
        return end.reply

    def _send(self, job: Job, draft: Draft, claim: Claim) -> End:
        """Map the message and send its events; return how that ended."""
        try:
            with message_log.current().step("map"):
                mapped = drafts.events(job.message, draft, claim.memory)
        except RefusedMessageError as error:
            return end_of_refused(error)
        results = self._results(job, mapped, claim)
        if not any(result.outcome is Outcome.ACCEPTED for result in results):
            message_log.current().outcome = "left_out"
        return end_of(job.message, mapped, results, claim.sent)

    def _results(self, job: Job, mapped: Mapped, claim: Claim) -> list[Result]:
        """Send the events that are due, and return the result of every event of the message."""
        record = message_log.current()
        known = known_results(mapped.events, claim.sent)
        record.count(mapped.events, [_NOT_SENT[one.outcome] if one else None for one in known])
        due = [event for event, one in zip(mapped.events, known, strict=True) if not one]
        results: list[Result] = []
        if due:
            with record.step("deliver"), self._waiting():
                results = self._sender.send(job.site, job.token, due, job.deadline)
            self._proof.note(job.site, job.token, results[0].outcome)
            record.count(due, [result.outcome.value for result in results])
        rest = iter(results)
        return [one or next(rest) for one in known]

    def _settle(self, job: Job, claim: Claim, end: End) -> bool:
        """Store how an attempt ended and release the claim; return False if it has to be repeated.

        Raise TryAgainError if a final result cannot be stored, so that the hub sends the message
        again. Otherwise an older state could be sent later.
        """
        record = message_log.current()
        letter = _dead_letter(job, end.errors) if end.errors else None
        try:
            with record.step("settle"):
                is_settled = self._try_to_settle(job, claim, end, letter)
        except DatabaseUnavailableError as error:
            if end.writes:
                record.lose_accepted()
            if end.is_final:
                raise without_state(job.message, error) from error
            return True
        record.is_dead_letter = bool(letter) and is_settled
        return is_settled

    def _try_to_settle(self, job: Job, claim: Claim, end: End, letter: DeadLetter | None) -> bool:
        """Settle the claim, at the second try if the first one fails."""
        # Two equal messages without ids can both be intended, so each one is processed.
        reply = end.reply.as_dict() if end.is_final and job.message.has_id else None
        settle = partial(
            self._claims.settle,
            claim,
            reply=reply,
            sent=end.sent,
            facts=end.facts,
            dead_letter=letter,
            writes=end.writes,
        )
        try:
            return settle()
        except DatabaseUnavailableError:
            time.sleep(random.uniform(0.05, 0.2))  # noqa: S311
            return settle()


def _dead_letter(job: Job, errors: Sequence[str]) -> DeadLetter:
    message = job.message
    message_id = None if message.message_id is None else str(message.message_id)
    return DeadLetter(
        job.site, job.identity, message_id, message.type, dict(message.payload), errors
    )
