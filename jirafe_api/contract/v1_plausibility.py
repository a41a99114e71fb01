"""What must hold of version 1's valid events beside their form: the order of dates, and prices."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from jirafe_api.contract.kinds import Event
from jirafe_api.contract.validation import MOST_PROBLEMS
from jirafe_api.times import told

_Problem = tuple[str, str]

_DATES = ("create_date", "change_date")


def implausible(kind: str, event: Event) -> dict[str, str]:
    """What is wrong with a valid event: messages by path, such as `items.0.price`; {} when sound.

    Its dates are times in ISO 8601, in UTC unless they say otherwise, and it was not changed
    before it was created; a product's cost and price are positive. The same holds of the products
    in carts and orders. Only the first hundred problems of an event are told.
    """
    return dict(islice(_problems(kind, event), MOST_PROBLEMS))


def _problems(kind: str, event: Event) -> Iterator[_Problem]:
    yield from _of_dates(kind, event)
    if kind == "product":
        for name in ("cost", "price"):
            if event[name] <= 0:
                yield name, f"{event[name]!r} is not positive"
    for path, product in _products(kind, event):
        for name, message in _problems("product", product):
            yield f"{path}.{name}", message


def _of_dates(kind: str, event: Event) -> Iterator[_Problem]:
    times: dict[str, datetime] = {}
    for name in (*_DATES, "order_date") if kind == "order" else _DATES:
        if name in event:
            try:
                times[name] = told(event[name])
            except ValueError:
                yield name, f"{event[name]!r} is not a time in ISO 8601"
    created, changed = times.get("create_date"), times.get("change_date")
    if created and changed and created > changed:
        message = f"{event['create_date']!r} is after the change_date, {event['change_date']!r}"
        yield "create_date", message


def _products(kind: str, event: Event) -> Iterator[tuple[str, Event]]:
    """Yields the products of a cart or an order with their paths."""
    items = event.get("items", []) if kind in {"cart", "order"} else []
    for place, item in enumerate(items):
        if kind == "cart":
            yield f"items.{place}", item
        else:
            yield f"items.{place}.product", item["product"]
