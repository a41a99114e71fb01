"""The kinds of event by version of the API, and what each event says of itself."""

from datetime import datetime
from typing import Any

from jirafe_api.times import moment

Event = dict[str, Any]

V1 = 1
V2 = 2

KINDS = (
    "cart",
    "category",
    "customer",
    "employee",
    "order",
    "product",
    "heartbeat",
    "inventory",
    "product.cost",
)
"""The kinds that are posted in version 2, one by one or in batches."""

V1_RESOURCES = ("cart", "category", "customer", "order", "product")
V1_TRACKED = (
    "pageview",
    "visit",
    "add_to_cart",
    "remove_from_cart",
    "edit_cart",
    "order_success",
    "funnel",
)

STORED = (*KINDS, *V1_TRACKED)
"""Every kind that may be kept, by any version: what is listed, exported and forgotten."""

_IDENTIFIERS = {
    (V2, "order"): "order_number",
    (V2, "heartbeat"): "instance_id",
    (V2, "inventory"): "sku_code",
    (V2, "product.cost"): "sku_code",
    (V2, "pageview"): "page.page_id",
    (V2, "visit"): "visit.id",
    **{(V1, kind): "visit.id" for kind in V1_TRACKED},
}
"""Where an event of a kind has its id, as a path; most have it at `id`, and pageviews may not."""

_DATES = ("change_date", "cancel_date", "order_date")
"""Where events have the date of what they tell; the first that is there counts."""


def own_id(version: int, kind: str, event: Event) -> str:
    """What a valid event is known by: an order's number, the id of most others; "" where none."""
    value: Any = event
    for step in _IDENTIFIERS.get((version, kind), "id").split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def own_status(version: int, kind: str, event: Event) -> str:
    """The status of an order of version 2: placed, accepted or cancelled; else ""."""
    return str(event["status"]) if (version, kind) == (V2, "order") else ""


def own_time(event: Event) -> datetime | None:
    """When what the event tells came to be so; None where it has no date that can be read."""
    date = next((event[name] for name in _DATES if name in event), None)
    try:
        return moment(date) if isinstance(date, str) else None
    except ValueError:
        return None
