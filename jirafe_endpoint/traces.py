"""What events leave behind, and what that means for the events that follow them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import orjson

from jirafe_endpoint.claims import Claim, Key, Snapshot
from jirafe_endpoint.replies import Outcomes
from jirafe_endpoint.results import ACCEPTED, OUTDATED, Outcome, Result
from mappers import Event, recall


def recalled(events: Sequence[Event], claim: Claim) -> list[Event]:
    """Return the events, filled up with what the claim remembers."""
    items = {(key.kind, key.number): one.items for key, one in claim.snapshots.items()}
    return recall(events, items, claim.first_seen)


def left_out(events: Sequence[Event], claim: Claim) -> list[Result | None]:
    """Return the ends of those events of a message that are not to be sent, None for the others."""
    sent = [bool(claim.sent) and fingerprint(event) in claim.sent for event in events]
    is_canceled = any(
        was_sent and event.name == "order-canceled"
        for event, was_sent in zip(events, sent, strict=True)
    )
    return [
        ACCEPTED if was_sent else _outdated(event, claim, events, is_canceled=is_canceled)
        for event, was_sent in zip(events, sent, strict=True)
    ]


def _outdated(
    event: Event, claim: Claim, events: Iterable[Event], *, is_canceled: bool
) -> Result | None:
    """Return OUTDATED for an event whose object was sent in a newer state, else None.

    An order whose cancellation was sent is not accepted after it. A placed one tells no state.
    """
    if event.subject is None or event.name == "order-placed":
        return None
    if is_canceled and event.name == "order-accepted":
        return OUTDATED
    last = claim.snapshots.get(Key(*event.subject))
    return OUTDATED if last and _changed(event, events) < last.change_date else None


def snapshots(
    accepted: Iterable[Event], events: Iterable[Event], known: Mapping[Key, Snapshot]
) -> dict[Key, Snapshot]:
    """Return what to remember of the carts, orders and the like of a message's accepted events.

    `events` are all of the message. A cancellation tells no items: those that are `known` stay.
    """
    kept: dict[Key, Snapshot] = {}
    for event in accepted:
        if event.subject and event.name != "order-placed":
            key = Key(*event.subject)
            last = kept.get(key) or known.get(key)
            items = event.body.get("items", last and last.items)
            kept[key] = Snapshot(_changed(event, events), items)
    return kept


def _changed(event: Event, events: Iterable[Event]) -> str:
    """Return when the event's object changed; a cancellation goes by its order's own date."""
    same = (one.body.get("change_date") for one in events if one.subject == event.subject)
    date: str = next(filter(None, same), None) or event.body["cancel_date"]
    return date


def customers(events: Iterable[Event]) -> dict[str, str]:
    """Return the dates of the events' customers by id."""
    bodies = (e.body if e.kind == "customer" else e.body.get("customer") for e in events)
    return {customer["id"]: customer["create_date"] for customer in bodies if customer}


def fingerprints(outcomes: Outcomes, mapped: Sequence[Event]) -> list[str]:
    """Return what an accepted event is known by when the message comes again."""
    return [
        fingerprint(event)
        for event, (_, result) in zip(mapped, outcomes.results, strict=True)
        if result.outcome is Outcome.ACCEPTED
    ]


def fingerprint(event: Event) -> str:
    """Return a hash of the event as the message alone tells it: the same each time it comes."""
    return hashlib.sha256(event.name.encode() + orjson.dumps(event.body)).hexdigest()
