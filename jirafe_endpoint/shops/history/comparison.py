"""Compare a shop's orders with what was sent."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from jirafe_endpoint.state import State, facts
from mappers import Key
from spree.api.shop import Shop
from spree.messages import is_canceled, is_order
from spree.payloads.fields import Record, amount

Recall = Callable[[str, Sequence[Key]], Mapping[Key, Any]]
"""Returns the values of a site's facts, as far as they are known."""


@dataclass
class Day:
    """A shop's orders completed on one day in one currency, and what was sent about them.

    Canceled orders are not counted.
    """

    orders: int = 0
    total: Decimal = Decimal(0)
    sent: int = 0
    sent_total: Decimal = Decimal(0)

    @property
    def differs(self) -> bool:
        """Whether the orders in the shop differ from what was sent."""
        return (self.orders, self.total) != (self.sent, self.sent_total)


@dataclass
class Comparison:
    """The number of orders compared, and the problems found, by order number.

    The keys of `days` are days in UTC and currencies, such as ("2026-03-02", "EUR").
    """

    orders: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    days: defaultdict[tuple[str, str], Day] = field(default_factory=lambda: defaultdict(Day))


def compare(api: Shop, recall: Recall, site: str, since: datetime | None) -> Comparison:
    """Compare the orders that changed since then. Raise ShopError."""
    compared = Comparison()
    for orders in _pages(api, since):
        numbers = [str(order.get("number")) for order in orders]
        kinds = ("order", "order-canceled")
        memory = recall(site, [Key(kind, number) for kind in kinds for number in numbers])
        for number, order in zip(numbers, orders, strict=True):
            compared.orders += 1
            if problem := _problem(order, number, memory):
                compared.problems[number] = problem
            _count(compared.days[_day(order)], order, number, memory)
    return compared


def recall_facts(state: State, site: str, keys: Sequence[Key]) -> dict[Key, Any]:
    """Return the values of the facts that are known. Raise DatabaseUnavailableError."""
    named = {facts.name_of(site, key): key for key in keys}
    with state.database.reading() as connection:
        return facts.remembered(named, facts.recall(connection, named))


def _pages(api: Shop, since: datetime | None) -> Iterator[list[Record]]:
    cursor: str | None = None
    while True:
        page = api.orders(since, cursor)
        yield [order for order in page.records if is_order(order)]
        if (cursor := page.cursor) is None:
            return


def _day(order: Record) -> tuple[str, str]:
    try:
        completed = datetime.fromisoformat(str(order["completed_at"]))
    except ValueError:
        return "", str(order.get("currency"))
    return f"{completed.astimezone(UTC):%Y-%m-%d}", str(order.get("currency"))


def _count(day: Day, order: Record, number: str, memory: Mapping[Key, Any]) -> None:
    if not is_canceled(order):
        day.orders += 1
        day.total += amount(order.get("total")) or Decimal(0)
    accepted = memory.get(Key("order", number))
    if accepted and not memory.get(Key("order-canceled", number)):
        day.sent += 1
        day.sent_total += amount(accepted["body"].get("total")) or Decimal(0)


def _problem(order: Record, number: str, memory: Mapping[Key, Any]) -> str | None:
    accepted = memory.get(Key("order", number))
    canceled = memory.get(Key("order-canceled", number))
    if is_canceled(order):
        return None if canceled else "the cancellation was not sent"
    if accepted is None:
        return "was not sent"
    if canceled:
        return "was sent as canceled"
    total, sent = amount(order.get("total")), amount(accepted["body"].get("total"))
    return None if total == sent else f"has the total {total}, and {sent} was sent"
