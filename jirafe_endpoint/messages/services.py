"""The endpoint's services, as the hub sees them: a path, and the message types it accepts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jirafe_endpoint.messages.envelopes import MESSAGES, WEBHOOKS, Dialect
from jirafe_endpoint.messages.message import Message
from mappers import MAPPERS

MESSAGE_TYPES = tuple(MAPPERS)
"""Every message type that the endpoint accepts."""


@dataclass(frozen=True)
class HubService:
    """One service. `types` are its message types; a message without a type is of the `default`."""

    name: str
    description: str
    types: tuple[str, ...]
    default: str | None
    dialect: Dialect = MESSAGES

    @property
    def subjects(self) -> set[str]:
        """The subjects of its messages, such as {"order"}."""
        return {kind.partition(":")[0] for kind in self.types}


def _of(*prefixes: str) -> tuple[str, ...]:
    return tuple(kind for kind in MESSAGE_TYPES if kind.startswith(prefixes))


def _webhook(name: str, kind: str, description: str) -> HubService:
    return HubService(name, description, (kind,), kind, WEBHOOKS)


_SERVICES = (
    HubService("import_cart", "Sends new and changed carts.", _of("cart:"), "cart:updated"),
    HubService(
        "import_new_order",
        "Sends new orders, each with its cart, its products and its customer.",
        ("order:new",),
        "order:new",
    ),
    HubService(
        "import_updated_order",
        "Sends changed and canceled orders.",
        _of("order:update", "order:cancel"),
        "order:updated",
    ),
    HubService("import_order", "Sends orders of every kind.", _of("order:"), "order:new"),
    HubService(
        "import_category",
        "Sends the taxons of one taxonomy as categories.",
        _of("taxon:"),
        "taxon:updated",
    ),
    HubService(
        "import_product",
        "Sends new and changed products with their variants.",
        _of("product:"),
        "product:updated",
    ),
    HubService(
        "import_customer",
        "Sends new and changed customers.",
        _of("customer:", "user:"),
        "customer:updated",
    ),
    _webhook("add_cart", "cart:new", "Sends a new cart."),
    _webhook("update_cart", "cart:updated", "Sends a changed cart."),
    _webhook("add_order", "order:new", "Sends a new order."),
    _webhook("update_order", "order:updated", "Sends a changed order."),
    _webhook("cancel_order", "order:canceled", "Sends a canceled order."),
    _webhook("add_taxon", "taxon:new", "Sends a new taxon as a category."),
    _webhook("update_taxon", "taxon:updated", "Sends a changed taxon as a category."),
    _webhook("add_product", "product:new", "Sends a new product with its variants."),
    _webhook("update_product", "product:updated", "Sends a changed product with its variants."),
    _webhook("add_customer", "customer:new", "Sends a new customer."),
    _webhook("update_customer", "customer:updated", "Sends a changed customer."),
)
SERVICES = {one.name: one for one in _SERVICES}
ANY = HubService("", "Accepts messages of every type.", MESSAGE_TYPES, None)
"""The root path."""


def _default_type(service: HubService, envelope: Mapping[str, Any]) -> str | None:
    """Return the type to assume for a message without one.

    Only updates have `previous` or `diff`, so an order with one of them is an update.
    """
    payload = envelope.get("payload")
    is_update = isinstance(payload, dict) and bool(payload.get("previous") or payload.get("diff"))
    if is_update and "order:updated" in service.types and service.default == "order:new":
        return "order:updated"
    return service.default


def read(service: HubService, envelope: Mapping[str, Any]) -> Message:
    """Return the message of an envelope that was posted to the service."""
    return service.dialect.read(envelope, _default_type(service, envelope))


def dialect_at(path: str) -> Dialect:
    """Return the dialect of the service at a path, or that of the root if there is none."""
    return SERVICES.get(path.removeprefix("/"), ANY).dialect
