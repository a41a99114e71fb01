"""The rules of version 1 beyond its schemas: organizations, order of dates, positive prices."""

from collections.abc import Iterator
from datetime import datetime

from jirafe_api.contract.kinds import Event
from jirafe_api.contract.validation import Problem, gathered, shown
from jirafe_api.credentials import SITE
from jirafe_api.times import parse

_DATES = ("create_date", "change_date")


def problems_of_organization(org: str) -> dict[str, str]:
    """Return the errors in an organization's name: a message at `org`; {} if valid."""
    if SITE.fullmatch(org):
        return {}
    return {"org": f"{shown(org)} is not 1 to 64 letters, digits, dashes and underscores"}


def implausible(kind: str, event: Event) -> dict[str, str]:
    """Return the errors in an event that fits its schema: messages by path; {} if there are none.

    Dates have to be ISO 8601 times, in UTC by default, and the change date must not be before the
    create date. The cost and price of products have to be positive, in carts and orders too.
    """
    return gathered(_problems(kind, event))


def _problems(kind: str, event: Event) -> Iterator[Problem]:
    yield from _problems_of_dates(kind, event)
    if kind == "product":
        for name in ("cost", "price"):
            if event[name] <= 0:
                yield name, f"{shown(event[name])} is not positive"
    for path, product in _products(kind, event):
        for name, message in _problems("product", product):
            yield f"{path}.{name}", message


def _problems_of_dates(kind: str, event: Event) -> Iterator[Problem]:
    times: dict[str, datetime] = {}
    for name in (*_DATES, "order_date") if kind == "order" else _DATES:
        if name in event:
            try:
                times[name] = parse(event[name])
            except ValueError:
                yield name, f"{shown(event[name])} is not a time in ISO 8601"
    created, changed = times.get("create_date"), times.get("change_date")
    if created and changed and created > changed:
        dates = [shown(event[name]) for name in _DATES]
        yield "create_date", f"{dates[0]} is after the change_date, {dates[1]}"


def _products(kind: str, event: Event) -> Iterator[tuple[str, Event]]:
    """Yield the path and the value of each product in a cart or an order."""
    items = event.get("items", []) if kind in {"cart", "order"} else []
    for place, item in enumerate(items):
        if kind == "cart":
            yield f"items.{place}", item
        else:
            yield f"items.{place}.product", item["product"]
