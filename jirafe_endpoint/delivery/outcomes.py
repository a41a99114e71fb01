"""From what became of a message's events to what the hub is told."""

from collections.abc import Sequence
from dataclasses import dataclass

from jirafe_endpoint.errors import (
    EndpointError,
    MerchantMustActError,
    RefusedMessageError,
    TryAgainError,
)
from jirafe_endpoint.jirafe.results import Outcome, Result
from jirafe_endpoint.messages import notifications
from jirafe_endpoint.messages.message import PREFIX, Message, Reply
from jirafe_endpoint.messages.notifications import Notification
from mappers import Event, mismatch

_PENDING = (Outcome.UNAUTHORIZED, Outcome.UNAVAILABLE)
_NOT_ACCEPTED = tuple(set(Outcome) - {Outcome.ACCEPTED})


@dataclass(frozen=True)
class Outcomes:
    """A message and the result of each of its events."""

    message: Message
    results: Sequence[tuple[Event, Result]]

    def of(self, *outcomes: Outcome) -> list[Event]:
        """Return the events that ended so."""
        return [event for event, result in self.results if result.outcome in outcomes]

    def are_final(self) -> bool:
        """Whether sending the message again would change nothing."""
        return not self.of(*_PENDING)

    def reply(self) -> Reply:
        """Return the answer of a message whose events were all accepted or refused for good."""
        notes = [note for event, result in self.results for note in self._told(event, result)]
        return Reply([*notes, *self._doubts()], self.message.message_id, self._summary())

    def problem(self) -> EndpointError | None:
        """Return the error that stands for this end, None where every event was accepted."""
        for outcome in _PENDING:
            if self.of(outcome):
                return self._undelivered(outcome)
        if self.of(Outcome.REFUSED):
            why = "Jirafe refused events; the dead letter says why."
            return RefusedMessageError(self.reply().notifications, self.message.message_id, why=why)
        return None

    def _undelivered(self, outcome: Outcome) -> EndpointError:
        """Return the error for events that can be sent later; one notification speaks for all."""
        failed = {e.name: r for e, r in reversed(self.results) if r.outcome is outcome}
        name = self.message.main_event
        name = name if name in failed else list(failed)[-1]
        result = failed[name]
        # In the dialect of the hub that reads it.
        reason = result.reason.replace(PREFIX, self.message.prefix)
        note = notifications.problem(name, reason)
        notes = [*self.reply().notifications, note]
        if outcome is Outcome.UNAUTHORIZED:
            return MerchantMustActError(notes, self.message.message_id)
        return TryAgainError(notes, self.message.message_id, retry_after=result.retry_after)

    def _summary(self) -> str:
        """Return what is said of a message that was sent whole, "" of any other."""
        main = (e for e, _ in self.results if e.name == self.message.main_event)
        if self.of(*_NOT_ACCEPTED) or (event := next(main, None)) is None:
            return ""
        return notifications.sent_whole(event.name, _reference(event))

    def _told(self, event: Event, result: Result) -> list[Notification]:
        reference = _reference(event)
        if result.outcome is Outcome.REFUSED:
            return [notifications.refused(event.name, reference, result.errors)]
        if self._rides_along(event):
            return []
        if result.outcome is Outcome.ACCEPTED:
            return [notifications.sent(event.name, reference)]
        if result.outcome is Outcome.OUTDATED:
            return [notifications.outdated(event.name, reference)]
        return []

    def _doubts(self) -> list[Notification]:
        """Return the warnings about what was sent all the same.

        The cart that goes with an order is told from the order's amounts, so it has none.
        """
        accepted = (e for e in self.of(Outcome.ACCEPTED) if not e.mixes_sums)
        sent = (e for e in accepted if e.kind == self.message.subject)
        sums = ((_reference(event), mismatch(event.body)) for event in sent)
        return [notifications.mismatch(reference, told) for reference, told in sums if told]

    def _rides_along(self, event: Event) -> bool:
        """Whether the event goes with what the message is about, so that only a refusal is told.

        Those are the products and the customer of an order, and a product's variants.
        """
        is_part = event.name != self.message.main_event or "base_product" in event.body
        return event.kind in ("product", "customer") and is_part


def _reference(event: Event) -> str:
    """Return what the merchant knows the event's object by, "" for a customer."""
    by = {"order": "order_number", "category": "name", "product": "code", "customer": ""}
    name = by.get(event.kind, "id")
    return str(event.body[name]) if name else ""
