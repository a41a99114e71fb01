"""Everything a merchant reads in the hub. Texts about sent events are documented to the letter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from mappers import Warning as MappingWarning

MOST_PROBLEMS = 100
"""The number of problems in one answer; a hostile message could have a million."""

LONGEST_WORDING = 300
"""The greatest length of Jirafe's description of a problem, which quotes the value."""

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
"""The events with documented texts that differ from the usual one."""

_AMOUNTS = {
    "subtotal": ("+", "subtotal"),
    "tax": ("+", "tax"),
    "shipping": ("+", "shipping"),
    "payment_cost": ("+", "payment fee"),
    "fees": ("+", "other fees"),
    "discounts": ("-", "discounts"),
    "credits": ("-", "credits"),
}
"""The amounts that make a total; included tax is not added."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One line of an answer to the hub: `level` is "info", "warn" or "error"."""

    level: str
    subject: str
    description: str

    def as_dict(self) -> dict[str, str]:
        """Return the notification in the hub's format."""
        return {
            "level": self.level,
            "subject": self.subject,
            "description": self.description,
        }


def sent(event: str, reference: str) -> Notification:
    """Return the info notification of an accepted event.

    `event` is an event's name, such as "order-placed". `reference` is the number of a cart or
    order, the name of a category or the code of a product. It is "" for customers, because theirs
    would be personal data.
    """
    subject, description = _sent(event)
    return Notification("info", subject, description.format(reference))


@cache
def _sent(event: str) -> tuple[str, str]:
    usual = (
        f"{_title(event)} sent to Jirafe",
        f"{_one(event).capitalize()} for {{}} was sent to Jirafe.",
    )
    return _SENT.get(event, usual)


def outdated(event: str, reference: str) -> Notification:
    """Return the info notification of an event that was not sent because a newer one was."""
    description = f"A newer state of {reference or f'the {event}'} was sent to Jirafe already."
    if event == "order-placed":  # which is sent only once
        description = f"An {event} event for {reference} was sent to Jirafe before."
    return Notification("info", f"{_title(event)} not sent to Jirafe", description)


def problem(event: str, description: str) -> Notification:
    """Return the error notification for an event that was not sent; `event` is its name."""
    subject = f"There was a problem while sending {_one(event)} to Jirafe."
    return Notification("error", subject, description)


def refused(event: str, reference: str, errors: Mapping[str, str]) -> Notification:
    """Return the error notification for an event that Jirafe refused.

    `reference` is as for `sent`. `errors` are Jirafe's own words by the field's path, "" for the
    event as a whole; of many, the first MOST_PROBLEMS are shown.
    """
    problems = "; ".join(
        f"{_shortened(path)}: {_shortened(words)}" if path else _shortened(words)
        for path, words in islice(errors.items(), MOST_PROBLEMS)
    )
    what = f"{event} event for {reference}" if reference else f"{event} event"
    return problem(event, f"Jirafe refused the {what}: {problems}")


def unmappable(event: str, errors: Mapping[str, Sequence[str]]) -> Notification:
    """Return the error notification for a message that cannot be mapped.

    `errors` are texts by the hub's field; of many, the first MOST_PROBLEMS are shown.
    """
    paths = list(islice(sorted(errors), MOST_PROBLEMS))
    problems = [f"{_shortened(path)}: {' '.join(errors[path])}" for path in paths]
    if left := len(errors) - len(paths):
        problems.append(f"And {left} more.")
    return problem(event, f"The message could not be mapped: {' '.join(problems)}")


def warning(what: MappingWarning, reference: str, prefix: str) -> Notification:
    """Return a warning about a message that was sent anyway.

    `reference` is the number of the cart, order or product; `prefix` is that of our parameters.
    """
    subject, description = _WARNINGS[what.code]
    details = {name: str(value) for name, value in what.details.items()}
    words = description.format(
        path=_shortened(what.path),
        reference=reference or "The message",
        amounts=_amounts(details),
        prefix=prefix,
        details=details,
    )
    return Notification("warn", subject, words)


_WARNINGS = {
    "left_out": (
        "A field was left out",
        "{path}: {details[reason]} The field was left out, and the rest was sent.",
    ),
    "sums": (
        "The amounts do not add up",
        "{reference} was sent with a total of {details[total]}, which is not {amounts}.",
    ),
    "items": (
        "The items do not add up to the subtotal",
        "{reference} was sent with a subtotal of {details[subtotal]}, its items {details[items]}.",
    ),
    "future_date": (
        "A date is in the future",
        "{path} is more than a day ahead. The time of arrival was sent instead.",
    ),
    "currency": (
        "The currency is not known",
        (
            "No currency was given for {reference}, so it was sent in {details[currency]}. Set the "
            "parameter {prefix}currency to change that."
        ),
    ),
}
"""Subject and description of each kind of warning."""


def unsupported(kind: str, supported: Iterable[str]) -> Notification:
    """Return the error notification for a message type that a service does not support."""
    return Notification(
        "error",
        "The message type is not supported.",
        f"'{_shortened(kind)}' is not supported here; supported are {', '.join(supported)}.",
    )


def unreadable(description: str) -> Notification:
    """Return the error notification for a request that is not a hub message."""
    return Notification("error", "The message could not be read.", description)


def no_room() -> Notification:
    """Return the error notification for a message that the service had no memory to read."""
    return Notification(
        "error",
        "The message was not read.",
        "Too much is being processed now; this message can be sent again.",
    )


def limited(notes: Sequence[Notification]) -> list[Notification]:
    """Return at most MOST_PROBLEMS notifications, the last of which says how many are missing."""
    if len(notes) <= MOST_PROBLEMS:
        return list(notes)
    # A hundred lines of information must not hide an error.
    errors = [note for note in notes if note.level == "error"]
    others = [note for note in notes if note.level != "error"]
    shown = [*errors, *others][: MOST_PROBLEMS - 1]
    left = Notification(
        "error" if len(errors) > len(shown) else "info",
        "There are more notifications",
        f"{len(notes) - len(shown)} more notifications about this message are not shown.",
    )
    return [*shown, left]


def sent_whole(event: str, reference: str) -> str:
    """Return the sentence for a fully accepted message, by its main event."""
    usual = f"The {event} {{}} was sent to Jirafe."
    return _SENT_WHOLE.get(event, usual).format(reference)


def summary(notes: Sequence[Notification], sent: str) -> str:
    """Return one sentence for all of a message's notifications, and one for each warning.

    `sent` is the sentence from `sent_whole`, or "" if not everything was sent.
    """
    if errors := [note for note in notes if note.level == "error"]:
        return " ".join(f"{note.subject.rstrip('.')}: {note.description}" for note in errors)
    infos = [note.description for note in notes if note.level == "info"]
    warnings = [note.description for note in notes if note.level == "warn"]
    whole = sent or (infos[-1] if infos else "There was nothing to send to Jirafe.")
    return " ".join([whole, *warnings])


def _amounts(details: Mapping[str, str]) -> str:
    """Return the amounts as a sum, such as "subtotal 10.00 + tax 1.90 - discounts 2.00"."""
    parts = [
        f"{sign} {words} {details[name]}"
        for name, (sign, words) in _AMOUNTS.items()
        if details.get(name, "").strip("-0.")
    ]
    return " ".join(parts).removeprefix("+ ") or "0"


def _title(event: str) -> str:
    return f"{event.replace('-', ' ').capitalize()} event"


def _one(event: str) -> str:
    return f"{'an' if event.startswith(tuple('aeiou')) else 'a'} {event} event"


def _shortened(words: str) -> str:
    return words if len(words) <= LONGEST_WORDING else f"{words[:LONGEST_WORDING]}…"
