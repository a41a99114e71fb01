"""Whether a shop's orders are what was sent of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mappers import Key
from spree.api.shop import Shop
from spree.messages import is_canceled, is_order
from spree.payloads.fields import Record, amount

Recall = Callable[[str, Sequence[Key]], Mapping[Key, Any]]
"""Returns the values of those facts of a site that are known."""


@dataclass(frozen=True)
class Comparison:
    """How many orders were compared, and what is wrong with some, by number."""

    orders: int = 0
    problems: dict[str, str] = field(default_factory=dict)


def compare(api: Shop, recall: Recall, site: str, since: datetime | None) -> Comparison:
    """Compare the orders that changed since then. Raise ShopError."""
    compared, problems = 0, dict[str, str]()
    for orders in _pages(api, since):
        numbers = [str(order.get("number")) for order in orders]
        kinds = ("order", "order-canceled")
        memory = recall(site, [Key(kind, number) for kind in kinds for number in numbers])
        for number, order in zip(numbers, orders, strict=True):
            compared += 1
            if problem := _problem(order, number, memory):
                problems[number] = problem
    return Comparison(compared, problems)


def _pages(api: Shop, since: datetime | None) -> Iterator[list[Record]]:
    cursor: str | None = None
    while True:
        page = api.orders(since, cursor)
        yield [order for order in page.records if is_order(order)]
        if (cursor := page.cursor) is None:
            return


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
