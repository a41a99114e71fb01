"""One try at a message: claimed, delivered and settled, so that nothing is sent twice.

What comes again is answered as before, what comes at once waits, what comes late is left out.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Protocol

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    wait_random,
)

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.delivery import history
from jirafe_endpoint.delivery.outcomes import Outcomes
from jirafe_endpoint.errors import RefusedMessageError, TryAgainError
from jirafe_endpoint.jirafe.results import Outcome, Result
from jirafe_endpoint.messages import notifications
from jirafe_endpoint.messages.message import Message, Reply
from jirafe_endpoint.observability import message_log
from jirafe_endpoint.state.claims import Busy, Claim, DeadLetter, Finished, Key, Snapshot, State
from mappers import Event

LONGEST_WAIT = 5.0
"""Seconds that a message waits for another about the same, before the hub is asked to repeat."""

log = logging.getLogger(__name__)

_NOT_SENT = {Outcome.ACCEPTED: "sent_before", Outcome.OUTDATED: "outdated"}

_stubborn = Retrying(
    retry=retry_if_exception_type(DatabaseUnavailableError),
    stop=stop_after_attempt(2),
    wait=wait_random(0.05, 0.2),
    reraise=True,
)


class Jirafe(Protocol):
    """Where events go."""

    def deliver(
        self, site: str, token: str, events: Sequence[Event], deadline: float
    ) -> list[Result]:
        """Send the events, and by the monotonic `deadline` return what became of each."""


class Attempts:
    """Tries at messages, on one state."""

    def __init__(self, jirafe: Jirafe, state: State) -> None:
        """Take the Jirafe Events API and the state."""
        self._jirafe = jirafe
        self._state = state

    def deliver(
        self,
        message: Message,
        site: str,
        token: str,
        events: Sequence[Event],
        deadline: float,
        *,
        again: bool = False,
    ) -> Reply:
        """Deliver the message's events, and return what the hub is told.

        `again` sends what was refused of a finished message once more. Raises an EndpointError
        where not every event was accepted.
        """
        claim = self._claim(message, site, events, deadline, again=again)
        if isinstance(claim, Finished):
            return Reply.of(claim.reply, message.message_id)
        sent: list[Result] | None = None
        try:
            known = history.recalled(events, claim)
            planned = history.left_out(events, claim)
            message_log.current().count(
                events, [_NOT_SENT[end.outcome] if end else None for end in planned]
            )
            pending = [event for event, end in zip(known, planned, strict=True) if end is None]
            sent = self._jirafe.deliver(site, token, pending, deadline) if pending else []
        finally:
            if sent is None:
                self._settle(message, claim, sent=claim.sent)
        results = iter(sent)
        ends = [next(results) if end is None else end for end in planned]
        return self._end(claim, Outcomes(message, list(zip(known, ends, strict=True))))

    def refuse(
        self, message: Message, site: str, error: RefusedMessageError, deadline: float
    ) -> Reply:
        """Keep a message that cannot be processed as a dead letter.

        Raises the error, or returns what the hub was told of it before.
        """
        claim = self._claim(message, site, (), deadline)
        if isinstance(claim, Finished):
            return Reply.of(claim.reply, message.message_id)
        letter = _dead_letter(message, site, error.notifications)
        self._settle(message, claim, reply=Reply(error.notifications), dead_letter=letter)
        raise error

    def _claim(
        self,
        message: Message,
        site: str,
        events: Sequence[Event],
        deadline: float,
        *,
        again: bool = False,
    ) -> Claim | Finished:
        """Return the claim, or the reply that was given; waits for others for a while."""
        keys = list(dict.fromkeys(Key(*event.subject) for event in events if event.subject))
        people = list(history.customers(events))
        claim = partial(self._state.claim, site, message.identity, keys, people, again=again)
        try:
            told = claim()
            if isinstance(told, Busy):
                told = _patient(deadline)(claim)
        except DatabaseUnavailableError as error:
            raise _without_state(message, error) from error
        if isinstance(told, Busy):
            raise _try_again(message, "An earlier message about it is under way.", retry_after=1)
        return told

    def _end(self, claim: Claim, outcomes: Outcomes) -> Reply:
        """Keep what came of a try, and return or raise what the hub is told."""
        final = outcomes.are_final()
        accepted = outcomes.of(Outcome.ACCEPTED)
        refused = outcomes.of(Outcome.REFUSED)
        reply = outcomes.reply()
        notes = [note for note in reply.notifications if note.level == "error"]
        self._settle(
            outcomes.message,
            claim,
            reply=reply if final else None,
            sent=history.fingerprints(outcomes) if refused or not final else (),
            snapshots=history.snapshots(accepted, claim),
            customers=history.customers(accepted),
            dead_letter=_dead_letter(outcomes.message, claim.site, notes)
            if final and refused
            else None,
        )
        if problem := outcomes.problem():
            raise problem
        if not accepted:
            message_log.current().outcome = "left_out"
        return reply

    def _settle(
        self,
        message: Message,
        claim: Claim,
        *,
        reply: Reply | None = None,
        sent: Iterable[str] = (),
        snapshots: Mapping[Key, Snapshot] = MappingProxyType({}),
        customers: Mapping[str, str] = MappingProxyType({}),
        dead_letter: DeadLetter | None = None,
    ) -> None:
        """Settle the claim; where that fails, what was sent was sent, and is told all the same.

        Raises TryAgainError where a dead letter is not kept, which would be nowhere else then.
        """
        settle = partial(
            self._state.settle,
            claim,
            # One without an id may be meant as another, the same: it is answered anew.
            reply=reply.as_dict() if reply and message.has_id else None,
            sent=sent,
            snapshots=snapshots,
            customers=customers,
            dead_letter=dead_letter,
        )
        try:
            _settled(settle)
        except DatabaseUnavailableError as error:
            if dead_letter:
                raise _without_state(message, error) from error
            log.error("The end of a message of site %s was not kept: %s", claim.site, error)  # noqa: TRY400


def _settled(settle: Callable[[], None]) -> None:
    try:
        settle()  # nearly always enough, and trying again has its price
    except DatabaseUnavailableError:
        _stubborn(settle)


def _dead_letter(
    message: Message, site: str, notes: Iterable[notifications.Notification]
) -> DeadLetter:
    message_id = None if message.message_id is None else str(message.message_id)
    errors = [note.description for note in notes]
    return DeadLetter(site, message_id, message.type, dict(message.payload), errors)


def _without_state(message: Message, error: DatabaseUnavailableError) -> TryAgainError:
    reason = "The endpoint's own state cannot be used now."
    return _try_again(message, reason, retry_after=5, why=str(error))


def _try_again(
    message: Message, reason: str, *, retry_after: int, why: str | None = None
) -> TryAgainError:
    note = notifications.problem(message.main_event, reason)
    return TryAgainError([note], message.message_id, retry_after=retry_after, why=why)


def _patient(deadline: float) -> Retrying:
    return Retrying(
        retry=retry_if_result(lambda told: isinstance(told, Busy)),
        stop=stop_after_delay(min(LONGEST_WAIT, deadline - time.monotonic())),
        wait=wait_random(0.01, 0.05),
        retry_error_callback=_last,
    )


def _last(state: RetryCallState) -> Any:
    return state.outcome.result() if state.outcome else None
