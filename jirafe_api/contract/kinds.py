"""Every kind of event, by version of the API, and each event's own id, status and date."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jirafe_api.times import moment

Event = dict[str, Any]

V1 = 1
V2 = 2


@dataclass(frozen=True)
class Kind:
    """A kind of event in one version of the API.

    `schema` is the name of its JSON Schema. `id_path` is the path of the event's id, empty if it
    has none. Tracked events come from browsers, without a token.
    """

    version: int
    name: str
    schema: str
    id_path: tuple[str, ...] = ("id",)
    is_tracked: bool = False


def _tracked_in_v1(name: str, schema: str, id_path: tuple[str, ...] = ()) -> Kind:
    return Kind(V1, name, f"v1/{schema}", id_path, is_tracked=True)


CATALOG = (
    Kind(V2, "cart", "cart"),
    Kind(V2, "category", "category"),
    Kind(V2, "customer", "customer"),
    Kind(V2, "employee", "employee"),
    Kind(V2, "order", "order", ("order_number",)),
    Kind(V2, "product", "product"),
    Kind(V2, "heartbeat", "heartbeat", ("instance_id",)),
    Kind(V2, "inventory", "inventory", ("sku_code",)),
    Kind(V2, "product.cost", "product.cost", ("sku_code",)),
    Kind(V2, "pageview", "pageview", ("page", "page_id"), is_tracked=True),
    Kind(V2, "visit", "visit", ("visit", "id"), is_tracked=True),
    Kind(V1, "cart", "v1/cart"),
    Kind(V1, "category", "v1/category"),
    Kind(V1, "customer", "v1/customer"),
    Kind(V1, "order", "v1/order"),
    Kind(V1, "product", "v1/product"),
    _tracked_in_v1("pageview", "pageview"),
    _tracked_in_v1("visit", "event", ("visit", "id")),
    _tracked_in_v1("add_to_cart", "cart-change"),
    _tracked_in_v1("remove_from_cart", "cart-change"),
    _tracked_in_v1("edit_cart", "cart-change"),
    _tracked_in_v1("order_success", "order-success"),
    _tracked_in_v1("funnel", "funnel"),
)
"""The one table of kinds: schemas, routes, documentation and exports are derived from it."""

_BY_NAME = {(kind.version, kind.name): kind for kind in CATALOG}


_ID_PATHS = {place: kind.id_path for place, kind in _BY_NAME.items()}


def _names(version: int, *, is_tracked: bool) -> tuple[str, ...]:
    return tuple(
        kind.name for kind in CATALOG if (kind.version, kind.is_tracked) == (version, is_tracked)
    )


KINDS = _names(V2, is_tracked=False)
"""The kinds posted to version 2, one by one or in batches."""

TRACKED = _names(V2, is_tracked=True)
"""The kinds that version 2's tracker accepts."""

V1_RESOURCES = _names(V1, is_tracked=False)
V1_TRACKED = _names(V1, is_tracked=True)

STORED = tuple(dict.fromkeys((*KINDS, *V1_TRACKED, *TRACKED)))
"""Every kind that can be stored, listed and exported."""

_DATES = ("change_date", "cancel_date", "order_date")
"""The members with an event's own date; the first one present is used."""


def schema_of(version: int, kind: str) -> str:
    """Return the name of the schema of a kind, such as `cart` or `v1/cart`."""
    return _BY_NAME[version, kind].schema


def own_id(version: int, kind: str, event: Event) -> str:
    """Return the id of a valid event: an order's number, most others' `id`, or ""."""
    path = _ID_PATHS.get((version, kind), ("id",))
    value: Any = event if path else None
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def own_status(version: int, kind: str, event: Event) -> str:
    """Return the status of a version 2 order (placed, accepted or cancelled), otherwise ""."""
    return str(event["status"]) if (version, kind) == (V2, "order") else ""


def own_time(event: Event) -> datetime | None:
    """Return the event's own date, or None if it is missing or unreadable."""
    date = next((event[name] for name in _DATES if name in event), None)
    try:
        return moment(date) if isinstance(date, str) else None
    except ValueError:
        return None
