"""What events leave behind, and what that means for the events that follow them."""

import hashlib
from collections.abc import Iterable, Sequence

import orjson

from jirafe_endpoint.delivery.outcomes import Outcomes
from jirafe_endpoint.jirafe.results import ACCEPTED, OUTDATED, Outcome, Result
from jirafe_endpoint.state.claims import Claim, Key, Snapshot
from mappers import Event, recall

_NOTHING = Snapshot("", None)


def recalled(events: Sequence[Event], claim: Claim) -> list[Event]:
    """Return the events, filled up with what the claim remembers."""
    items = {(key.kind, key.number): one.items for key, one in claim.snapshots.items()}
    return recall(events, items, claim.first_seen)


def left_out(events: Sequence[Event], claim: Claim) -> list[Result | None]:
    """Return the ends of those events of a message that are not to be sent, None for the others."""
    sent = [_was_sent(event, claim) for event in events]
    is_canceled = any(
        was_sent and event.name == "order-canceled"
        for event, was_sent in zip(events, sent, strict=True)
    )
    return [
        ACCEPTED if was_sent else _outdated(event, claim, is_canceled=is_canceled)
        for event, was_sent in zip(events, sent, strict=True)
    ]


def _was_sent(event: Event, claim: Claim) -> bool:
    return bool(claim.sent) and fingerprint(event) in claim.sent


def _outdated(event: Event, claim: Claim, *, is_canceled: bool) -> Result | None:
    """Return OUTDATED for an event whose object was sent in a newer state, else None.

    An order whose cancellation was sent is not accepted after it. What may be newer than it tells
    is sent as it comes.
    """
    if is_canceled and event.name == "order-accepted":
        return OUTDATED
    if not event.subject or not event.state_date or event.may_be_newer:
        return None
    last = claim.snapshots.get(Key(*event.subject))
    return OUTDATED if last and event.state_date < last.change_date else None


def snapshots(accepted: Iterable[Event], claim: Claim) -> dict[Key, Snapshot]:
    """Return what to remember of the carts, orders and the like of a message's accepted events.

    What an event does not tell stays as it is known: a cancellation's items, or the date. Those
    that were sent in an earlier try were remembered then, and others may have followed.
    """
    kept: dict[Key, Snapshot] = {}
    for event in accepted:
        is_state = event.name != "order-placed"
        if event.subject and is_state and not _was_sent(event, claim):
            key = Key(*event.subject)
            last = kept.get(key) or claim.snapshots.get(key) or _NOTHING
            items = event.body.get("items", last.items)
            kept[key] = Snapshot(max(event.state_date or "", last.change_date), items)
    return kept


def customers(events: Iterable[Event]) -> dict[str, str]:
    """Return the dates of the events' customers by id."""
    bodies = (e.body if e.kind == "customer" else e.body.get("customer") for e in events)
    return {customer["id"]: customer["create_date"] for customer in bodies if customer}


def fingerprints(outcomes: Outcomes) -> list[str]:
    """Return what the accepted events of a message are known by when it comes again."""
    return [fingerprint(event) for event in outcomes.of(Outcome.ACCEPTED)]


def fingerprint(event: Event) -> str:
    """Return a hash of what tells an event from the others of its message.

    It is the same each time the message comes, also where the event has its dates of the clock.
    """
    ids = [event.body.get(name) for name in ("id", "code", "order_number")]
    return hashlib.sha256(orjson.dumps([event.name, *ids])).hexdigest()
