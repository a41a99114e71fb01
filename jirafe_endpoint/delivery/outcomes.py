"""Turn the results of a message's events into the reply to the hub."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import orjson

from database.errors import DatabaseUnavailableError
from database.group_commit import PendingWrite
from jirafe_endpoint.errors import (
    EndpointError,
    MerchantMustActError,
    RefusedMessageError,
    TryAgainError,
)
from jirafe_endpoint.jirafe.results import ACCEPTED, OUTDATED, Outcome, Result
from jirafe_endpoint.messages import notifications
from jirafe_endpoint.messages.message import PREFIX, Message, Reply
from jirafe_endpoint.messages.notifications import Notification
from mappers import Event, Fact, Mapped
from mappers import Warning as MappingWarning

_IDS = ("id", "code", "order_number", "sku_code", "instance_id")
"""The fields with the ids of the various kinds of events."""

_PENDING = (Outcome.UNAUTHORIZED, Outcome.UNAVAILABLE)
_NOT_ACCEPTED = tuple(set(Outcome) - {Outcome.ACCEPTED})


@dataclass(frozen=True)
class Outcomes:
    """A message, the results of its events, and the mapping's warnings."""

    message: Message
    results: Sequence[tuple[Event, Result]]
    warnings: Sequence[MappingWarning] = ()

    def of(self, *outcomes: Outcome) -> list[Event]:
        """Return the events with one of these outcomes."""
        return [event for event, result in self.results if result.outcome in outcomes]

    def are_final(self) -> bool:
        """Return whether sending the message again would change nothing."""
        return not self.of(*_PENDING)

    def reply(self) -> Reply:
        """Return the reply once all events were accepted or refused permanently."""
        notes = [note for event, result in self.results for note in self._notes(event, result)]
        if self.of(Outcome.ACCEPTED):
            number = self.message.number
            reference = "" if number is None else str(number)
            notes += [
                notifications.warning(one, reference, self.message.prefix) for one in self.warnings
            ]
        return Reply(notifications.limited(notes), self.message.message_id, self._summary())

    def problem(self) -> EndpointError | None:
        """Return the error for these results, or None if no event failed."""
        for outcome in _PENDING:
            if self.of(outcome):
                return self._undelivered(outcome)
        if self.of(Outcome.REFUSED):
            why = "Jirafe refused events; the dead letter says why."
            return RefusedMessageError(self.reply().notifications, self.message.message_id, why=why)
        return None

    def _undelivered(self, outcome: Outcome) -> EndpointError:
        """Return the error for events that can be sent later, with one notification for all."""
        failed = {e.name: r for e, r in reversed(self.results) if r.outcome is outcome}
        main = self.message.main_event
        name = main if main in failed else list(failed)[-1]
        return undelivered(self.message, failed[name], name, self.reply().notifications)

    def _summary(self) -> str:
        """Return the sentence for a message whose events were all accepted, otherwise ""."""
        main = (e for e, _ in self.results if e.name == self.message.main_event)
        if self.of(*_NOT_ACCEPTED) or (event := next(main, None)) is None:
            return ""
        return notifications.sent_whole(event.name, _reference(event))

    def _notes(self, event: Event, result: Result) -> list[Notification]:
        reference = _reference(event)
        if result.outcome is Outcome.REFUSED:
            return [notifications.refused(event.name, reference, result.errors)]
        if self._is_secondary(event):
            return []
        if result.outcome is Outcome.ACCEPTED:
            return [notifications.sent(event.name, reference)]
        if result.outcome is Outcome.OUTDATED:
            return [notifications.outdated(event.name, reference)]
        return []

    def _is_secondary(self, event: Event) -> bool:
        """Return whether the event gets a notification only if it is refused.

        This applies to the products and the customer of an order, and to a product's variants.
        """
        is_part = event.name != self.message.main_event or "base_product" in event.body
        return event.kind in ("product", "customer") and is_part


@dataclass(frozen=True)
class End:
    """How an attempt at a message ended: the reply or the error, and what to store.

    `is_final` means that no retry would change it. `sent` are the fingerprints of accepted events,
    which a retry must not send again. With `errors`, the message becomes a dead letter. `writes`
    store the accepted events, if the API is hosted here.
    """

    reply: Reply = field(default_factory=lambda: Reply(()))
    problem: EndpointError | None = None
    is_final: bool = False
    sent: Collection[str] = ()
    facts: Sequence[Fact] = ()
    errors: Sequence[str] = ()
    writes: Sequence[PendingWrite] = ()


def end_of(
    message: Message, mapped: Mapped, results: Sequence[Result], sent: Collection[str]
) -> End:
    """Return how an attempt ended. `sent` are fingerprints of events sent in earlier attempts."""
    pairs = list(zip(mapped.events, results, strict=True))
    outcomes = Outcomes(message, pairs, mapped.warnings)
    is_final, refused = outcomes.are_final(), outcomes.of(Outcome.REFUSED)
    accepted = outcomes.of(Outcome.ACCEPTED)
    reply = outcomes.reply()
    news = [event for event in accepted if not (sent and fingerprint(event) in sent)]
    facts = [fact for event in news for fact in event.facts]
    errors = [note.description for note in reply.notifications if note.level == "error"]
    return End(
        reply=reply,
        problem=outcomes.problem(),
        is_final=is_final,
        sent=list(map(fingerprint, accepted)) if refused or not is_final else (),
        facts=[*facts, *mapped.facts] if is_final else facts,
        errors=errors if is_final and refused else (),
        writes=[result.storing for result in results if result.storing],
    )


def end_of_refused(error: RefusedMessageError) -> End:
    """Return how an attempt ended for a message that cannot be mapped."""
    errors = [note.description for note in error.notifications]
    return End(Reply(error.notifications), error, is_final=True, errors=errors)


def fingerprint(event: Event) -> str:
    """Return a digest that identifies an event within its message.

    It is the same when the message is repeated, even if the event is dated by the clock.
    """
    ids = [event.body.get(name) for name in _IDS]
    return hashlib.sha256(orjson.dumps([event.name, *ids])).hexdigest()


def undelivered(
    message: Message, result: Result, event: str, others: Sequence[Notification] = ()
) -> MerchantMustActError | TryAgainError:
    """Return the error for an event that Jirafe may accept later; `event` is its name."""
    # Name the parameters as the hub's dialect does.
    note = notifications.problem(event, result.reason.replace(PREFIX, message.prefix))
    notes = [*others, note]
    if result.outcome is Outcome.UNAUTHORIZED:
        return MerchantMustActError(notes, message.message_id)
    return TryAgainError(notes, message.message_id, retry_after=result.retry_after)


def _reference(event: Event) -> str:
    """Return the name or number that the merchant uses for the object, "" for a customer."""
    if event.kind == "customer":
        return ""
    by = {"category": "name", "product": "code"}
    names = [by[event.kind]] if event.kind in by else _IDS
    return next((str(event.body[name]) for name in names if name in event.body), "")


def known_results(events: Sequence[Event], sent: Collection[str]) -> list[Result | None]:
    """Return the result of each event that must not be sent, and None for each of the others.

    `sent` are the fingerprints of events accepted in an earlier attempt. If the cancellation of an
    order is one of them, its acceptance must not follow.
    """
    was_sent = [bool(sent) and fingerprint(event) in sent for event in events]
    is_canceled = any(
        event.name == "order-canceled" for event, one in zip(events, was_sent, strict=True) if one
    )
    return [
        ACCEPTED
        if one
        else OUTDATED
        if event.is_outdated or (is_canceled and event.name == "order-accepted")
        else None
        for event, one in zip(events, was_sent, strict=True)
    ]


def without_state(message: Message, error: DatabaseUnavailableError) -> TryAgainError:
    """Return the error for a message whose state cannot be read or stored."""
    reason = "The endpoint's own state cannot be used now."
    return try_again(message, reason, retry_after=5, why=str(error))


def try_again(
    message: Message, reason: str, *, retry_after: int, why: str | None = None
) -> TryAgainError:
    """Return the error for a message that can be sent again after some seconds."""
    note = notifications.problem(message.main_event, reason)
    return TryAgainError([note], message.message_id, retry_after=retry_after, why=why)
