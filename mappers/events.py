"""What a mapper returns, and what is filled in of what was sent before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Event:
    """One Jirafe event: `kind` names the resource it goes to, `body` is its JSON object.

    `lacks_previous` where its `previous_items` are empty because the message does not tell them.
    `state_date` is since when its object has been as it tells, in the form of `change_date`, None
    where the message does not say. What `may_be_newer` than that is older than no other.
    `mixes_sums` where its sums are of two renderings that need not make one sum.
    """

    kind: str
    body: dict[str, Any]
    lacks_previous: bool = False
    state_date: str | None = None
    may_be_newer: bool = False
    mixes_sums: bool = False

    @cached_property
    def name(self) -> str:
        """What it is to the merchant: "cart", "order-placed", "order-canceled", "category" …"""
        if self.kind != "order":
            return self.kind
        status = self.body["status"]
        return "order-canceled" if status == "cancelled" else f"order-{status}"

    @cached_property
    def subject(self) -> tuple[str, str] | None:
        """The kind and number of what has states that follow one another, None for the others.

        A product's variants change with it. Products and customers that come with an order carry
        the order's dates, which order nothing.
        """
        if self.kind in _NUMBERS:
            return self.kind, self.body[_NUMBERS[self.kind]]
        if self.state_date is None:
            return None
        return self.kind, self.body.get("base_product", self.body)["id"]


_NUMBERS = {"cart": "id", "order": "order_number", "category": "id"}


def recall(
    events: Iterable[Event],
    last_items: Mapping[tuple[str, str], list[dict[str, Any]] | None],
    first_seen: Mapping[str, str],
) -> list[Event]:
    """Return the events, filled up with what is remembered of earlier ones.

    `last_items` are those last sent by an event's `subject`: `previous_items` where the message
    does not tell them. `first_seen` are customers' dates by id: their `create_date`, which never
    lies after their `change_date`.
    """
    return [_recalled(event, last_items, first_seen) for event in events]


def _recalled(
    event: Event,
    last_items: Mapping[tuple[str, str], list[dict[str, Any]] | None],
    first_seen: Mapping[str, str],
) -> Event:
    body = event.body
    if event.lacks_previous and event.subject and (items := last_items.get(event.subject)):
        body = body | {"previous_items": items}
    if event.kind == "customer":
        body = _dated(body, first_seen)
    elif "customer" in body:
        body = _with_dated_customer(body, first_seen)
    return event if body is event.body else replace(event, body=body)


def _with_dated_customer(body: dict[str, Any], first_seen: Mapping[str, str]) -> dict[str, Any]:
    customer = _dated(body["customer"], first_seen)
    return body if customer is body["customer"] else body | {"customer": customer}


def _dated(customer: dict[str, Any], first_seen: Mapping[str, str]) -> dict[str, Any]:
    date = first_seen.get(customer["id"])
    return (
        customer if date is None else customer | {"create_date": min(date, customer["change_date"])}
    )
