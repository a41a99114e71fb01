"""The state of an order: what is a sale, what is canceled, what comes too late. One rule.

States are ordered by (date, arrival). A cancellation ends an order. It is undone by a state that
is newer, and by a resumption that is not older, if it has an item that is not canceled; later
reports of the canceled order do not move its date.
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
    """What was last sent of an order.

    `is_empty` if no item is left of it, as of canceled and returned ones. `cancel_date` is None
    unless it is canceled now, `canceled_since` is when that state began.
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
        """What a message that says nothing of the state leaves as it was, "" for a sale."""
        if self.cancel_date is not None:
            return "canceled"
        return RETURNED if self.is_empty else ""


class Decision(Struct, frozen=True, gc=False):
    """How a message about an order compares with what was last sent.

    `state` is that of the message, else as it was by then, "" for a sale. `date` is when it began;
    an undated one began no earlier than the last. `is_revival` if it undoes a cancellation.
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
    """Return what `recalled` needs to know of an order."""
    return Key("order", number), Key("order-placed", number), Key("order-canceled", number)


def recalled(number: str, memory: Memory) -> Last | None:
    """Return what was last sent of an order, None if nothing was."""
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

    `state` is "" and `date`, when it began, is None if the message does not say; `changed` stands
    in for the date.
    """
    if last is None:
        return Decision(state, date or changed)
    is_older = date is not None and date < last.date
    state = state or ("" if is_older else last.state)
    is_news = is_older and last.body is None  # the order of a cancellation that came alone
    was_canceled = last.cancel_date is not None
    since = date or max(changed, last.date)
    if state in CANCELED:
        if date is None and last.is_resumed and not was_canceled:
            since = max(since, just_after(last.date))  # not the cancellation before it once more
        return Decision(
            state,
            since,
            is_outdated=is_older and not is_news,
            # Its date alone proves nothing: clocks differ. A resumption since then does, and a
            # canceled order needs no older cancellation.
            is_cancellation_outdated=is_older and (last.is_resumed or was_canceled),
        )
    is_resumption = state == RESUMED
    follows = (is_resumption and not is_older) or (date is not None and date > last.canceled_since)
    is_revival = was_canceled and follows and state != RETURNED
    # A return that overtakes a resumption says nothing of it.
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
    """Return the millisecond before a date: the state of a new order, which all others follow."""
    if date <= _FIRST_MOMENT:
        return date
    return timestamp(datetime.fromisoformat(date) - _MOMENT)
