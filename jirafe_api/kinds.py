"""The kinds of event by version of the API, and what each event says of itself."""

from typing import Any

Event = dict[str, Any]

V1 = 1
V2 = 2

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


def own_id(version: int, kind: str, event: Event) -> str:
    """What a valid event is known by: an order's number, the id of most others; "" where none."""
    value: Any = event
    for step in _IDENTIFIERS.get((version, kind), "id").split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return "" if value is None else str(value)
