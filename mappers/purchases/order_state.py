"""Decide the state of an order: whether it is a sale or canceled, and what is outdated.

States are ordered by date, then by arrival. A cancellation ends an order. It is undone by a newer
state, or by a resumption that is not older, if an item is not canceled. Later reports of a
canceled order do not change the date of the cancellation.
"""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from mappers.events import Key, Memory
from mappers.reading.values import timestamp

CANCELED = frozenset({"canceled", "cancelled"})
RESUMED = "resumed"
RETURNED = "returned"
UNFINISHED = frozenset({"cart", "address", "delivery", "payment", "confirm"})

_MOMENT = timedelta(milliseconds=1)
_FIRST_MOMENT = "0001-01-01T00:00:00.000Z"
_LAST_MOMENT = "9999-12-31T23:59:59.999Z"


class Last(Struct, frozen=True, gc=False):
    """What was last sent about an order.

    `is_empty` means that no item is left, as in canceled and returned orders. `cancel_date` is None
    unless the order is canceled; `canceled_since` is when that state began.
    """

    date: str
    body: dict[str, Any] | None
    is_resumed: bool
    was_placed: bool
    is_empty: bool
    cancel_date: str | None
    canceled_since: str

    @property
    def state(self) -> str:
        """The state that a message without a state leaves unchanged, "" for a sale."""
        if self.cancel_date is not None:
            return "canceled"
        return RETURNED if self.is_empty else ""


class Decision(Struct, frozen=True, gc=False):
    """How a message about an order compares with what was last sent.

    `state` is the message's, or else the last one, "" for a sale. `date` is when it began; without
    a date, it began no earlier than the last one. `is_revival` means that it undoes a cancellation.
    """

    state: str
    date: str
    is_outdated: bool = False
    is_cancellation_outdated: bool = False
    is_revival: bool = False

    @property
    def is_canceled(self) -> bool:
        """Whether the order is canceled."""
        return self.state in CANCELED

    @property
    def items_status(self) -> str:
        """The status of the order's items."""
        return "cancelled" if self.is_canceled or self.state == RETURNED else "accepted"


def keys(number: str) -> tuple[Key, ...]:
    """Return the keys of the facts that `recalled` needs."""
    return Key("order", number), Key("order-placed", number), Key("order-canceled", number)


def recalled(number: str, memory: Memory) -> Last | None:
    """Return what was last sent about an order, or None."""
    facts: list[Any] = [memory.get(key) for key in keys(number)]
    accepted, placed, canceled = facts
    if accepted is None and placed is None and canceled is None:
        return None
    date = accepted["date"] if accepted else ""
    body = accepted and accepted["body"]
    is_empty = body is not None and {item["status"] for item in body["items"]} == {"cancelled"}
    is_canceled = canceled is not None and (is_empty or canceled["date"] >= date)
    return Last(
        date=max(date, canceled["date"]) if canceled else date,
        body=body,
        is_resumed=bool(accepted and accepted["is_resumed"]),
        was_placed=bool(placed),
        is_empty=is_empty,
        cancel_date=canceled["cancel_date"] if is_canceled else None,
        canceled_since=canceled["date"] if is_canceled else "",
    )


def is_unfinished(state: str, placed_on: str | None, last: Last | None) -> bool:
    """Whether this is still a cart: its state says so, and it was never placed."""
    return state in UNFINISHED and placed_on is None and last is None


def decide(last: Last | None, state: str, date: str | None, changed: str) -> Decision:
    """Compare a state with the last one.

    `state` is "" if the message has none. `date` is when the state began, or None; then `changed`
    is used instead.
    """
    if last is None:
        return Decision(state, date or changed)
    is_older = date is not None and date < last.date
    state = state or ("" if is_older else last.state)
    is_news = is_older and last.body is None  # only the cancellation was sent before
    was_canceled = last.cancel_date is not None
    since = date or max(changed, last.date)
    if state in CANCELED:
        if date is None and last.is_resumed and not was_canceled:
            since = max(since, just_after(last.date))  # not the cancellation before it once more
        return Decision(
            state,
            since,
            is_outdated=is_older and not is_news,
            # The date alone is not enough, because clocks differ. Either the order was resumed
            # since then, or it is canceled and needs no older cancellation.
            is_cancellation_outdated=is_older and (last.is_resumed or was_canceled),
        )
    is_resumption = state == RESUMED
    follows = (is_resumption and not is_older) or (date is not None and date > last.canceled_since)
    is_revival = was_canceled and follows and state != RETURNED
    # A return that arrives before the resumption does not undo the cancellation.
    is_late_resumption = is_resumption and last.is_empty and not was_canceled
    return Decision(
        state,
        since,
        is_outdated=not (is_revival or is_late_resumption or is_news)
        and (is_older or (was_canceled and not follows)),
        is_revival=is_revival,
    )


def just_after(date: str) -> str:
    """Return the millisecond after a date."""
    return date if date >= _LAST_MOMENT else timestamp(datetime.fromisoformat(date) + _MOMENT)


def just_before(date: str) -> str:
    """Return the millisecond before a date, so that a new order's state precedes all others."""
    if date <= _FIRST_MOMENT:
        return date
    return timestamp(datetime.fromisoformat(date) - _MOMENT)
