"""What the merchant reads in the hub: notifications, in the documented words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

LONGEST_WORDING = 300
"""Jirafe's wording of one problem quotes the value; more of it than this helps nobody."""

_SENT = {
    "category": ("Category event sent to Jirafe.", "The category '{}' was sent to Jirafe."),
    "customer": ("Customer event sent to Jirafe", "A customer event was sent to Jirafe."),
}
_SENT_WHOLE = {
    "order-accepted": "The order {} was sent to Jirafe.",
    "order-canceled": "The cancellation of the order {} was sent to Jirafe.",
    "category": "The category '{}' was sent to Jirafe.",
    "customer": "The customer was sent to Jirafe.",
}
"""Where the words differ from the others'."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One line of an answer to the hub: `level` is "info", "warn" or "error"."""

    level: str
    subject: str
    description: str

    def as_dict(self) -> dict[str, str]:
        """Return the notification as the hub reads it."""
        return {
            "level": self.level,
            "subject": self.subject,
            "description": self.description,
        }


def sent(event: str, reference: str) -> Notification:
    """Return the info notification of an accepted event.

    `event` is an event's name, such as "order-placed"; `reference` is what the merchant knows
    it by: the cart's or order's number, the category's name, the product's code. A customer
    goes by nothing, for that would be a person's data.
    """
    usual = (
        f"{_title(event)} sent to Jirafe",
        f"{_one(event).capitalize()} for {{}} was sent to Jirafe.",
    )
    subject, description = _SENT.get(event, usual)
    return Notification("info", subject, description.format(reference))


def outdated(event: str, reference: str) -> Notification:
    """Return the info notification of an event that was left out for a newer one, as for `sent`."""
    return Notification(
        "info",
        f"{_title(event)} not sent to Jirafe",
        f"A newer state of {reference or f'the {event}'} was sent to Jirafe already.",
    )


def problem(event: str, description: str) -> Notification:
    """Return the error notification for an event, by its name, that was not sent."""
    subject = f"There was a problem while sending {_one(event)} to Jirafe."
    return Notification("error", subject, description)


def refused(event: str, reference: str, errors: Mapping[str, str]) -> Notification:
    """Return the error notification for an event that Jirafe refused.

    `reference` is as for `sent`, "" for what the merchant knows by a person's data only.
    `errors` are Jirafe's own words by the field's path; the event as a whole goes by "".
    """
    told = "; ".join(
        f"{path}: {_shortened(words)}" if path else _shortened(words)
        for path, words in errors.items()
    )
    what = f"{event} event for {reference}" if reference else f"{event} event"
    return problem(event, f"Jirafe refused the {what}: {told}")


def mismatch(reference: str, sums: Mapping[str, Decimal]) -> Notification:
    """Return the warning about a cart or an order whose amounts do not add up.

    `sums` are its amounts by Jirafe's names. It was sent as the shop told it.
    """
    told = {name: f"{amount:.2f}" for name, amount in sums.items()}
    return Notification(
        "warn",
        "The amounts do not add up",
        f"The total of {reference} is {told['total']}, which is not its subtotal "
        f"{told['subtotal']} + tax {told['total_tax']} + shipping {told['total_shipping']} "
        f"+ payment cost {told['total_payment_cost']} - discounts {told['total_discounts']}.",
    )


def unsupported(kind: str, supported: Iterable[str]) -> Notification:
    """Return the error notification for a message type that is not taken here."""
    return Notification(
        "error",
        "The message type is not supported.",
        f"'{_shortened(kind)}' is not supported here; supported are {', '.join(supported)}.",
    )


def unreadable(description: str) -> Notification:
    """Return the error notification for what is not a hub message."""
    return Notification("error", "The message could not be read.", description)


def sent_whole(event: str, reference: str) -> str:
    """Return the sentence for a message all of whose events were accepted, by its main event."""
    usual = f"The {event} {{}} was sent to Jirafe."
    return _SENT_WHOLE.get(event, usual).format(reference)


def summary(notes: Sequence[Notification], sent: str) -> str:
    """Return one sentence for all of a message's notifications, and one for each warning.

    `sent` is that of `sent_whole`, "" where not everything was sent.
    """
    if errors := [note for note in notes if note.level == "error"]:
        return " ".join(f"{note.subject.rstrip('.')}: {note.description}" for note in errors)
    told = [note.description for note in notes if note.level == "info"]
    doubts = [note.description for note in notes if note.level == "warn"]
    whole = sent or (told[-1] if told else "There was nothing to send to Jirafe.")
    return " ".join([whole, *doubts])


def _title(event: str) -> str:
    return f"{event.replace('-', ' ').capitalize()} event"


def _one(event: str) -> str:
    return f"{'an' if event.startswith(tuple('aeiou')) else 'a'} {event} event"


def _shortened(words: str) -> str:
    return words if len(words) <= LONGEST_WORDING else f"{words[:LONGEST_WORDING]}…"
