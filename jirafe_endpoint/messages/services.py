"""The endpoint's services, as the hub knows them: a path, and the messages it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jirafe_endpoint.messages.envelopes import MESSAGES, WEBHOOKS, Dialect
from jirafe_endpoint.messages.message import Message
from mappers import MAPPERS

MESSAGE_TYPES = tuple(MAPPERS)
"""Every message type that the endpoint takes."""


@dataclass(frozen=True)
class HubService:
    """One service: `types` are its message types, `default` is that of a message without one."""

    description: str
    types: tuple[str, ...]
    default: str | None
    dialect: Dialect = MESSAGES

    @property
    def subjects(self) -> set[str]:
        """What its messages are about, in the hub's words, such as {"order"}."""
        return {kind.partition(":")[0] for kind in self.types}


def _of(*prefixes: str) -> tuple[str, ...]:
    return tuple(kind for kind in MESSAGE_TYPES if kind.startswith(prefixes))


def _webhook(kind: str, description: str) -> HubService:
    return HubService(description, (kind,), kind, WEBHOOKS)


SERVICES = {
    "import_cart": HubService("Sends new and changed carts.", _of("cart:"), "cart:updated"),
    "import_new_order": HubService(
        "Sends new orders, each with its cart, its products and its customer.",
        ("order:new",),
        "order:new",
    ),
    "import_updated_order": HubService(
        "Sends changed and canceled orders.",
        _of("order:update", "order:cancel"),
        "order:updated",
    ),
    "import_order": HubService("Sends orders of every kind.", _of("order:"), "order:new"),
    "import_category": HubService(
        "Sends the taxons of one taxonomy as categories.", _of("taxon:"), "taxon:updated"
    ),
    "import_product": HubService(
        "Sends new and changed products with their variants.", _of("product:"), "product:updated"
    ),
    "import_customer": HubService(
        "Sends new and changed customers.", _of("customer:", "user:"), "customer:updated"
    ),
    "add_cart": _webhook("cart:new", "Sends a new cart."),
    "update_cart": _webhook("cart:updated", "Sends a changed cart."),
    "add_order": _webhook("order:new", "Sends a new order."),
    "update_order": _webhook("order:updated", "Sends a changed order."),
    "cancel_order": _webhook("order:canceled", "Sends a canceled order."),
    "add_taxon": _webhook("taxon:new", "Sends a new taxon as a category."),
    "update_taxon": _webhook("taxon:updated", "Sends a changed taxon as a category."),
    "add_product": _webhook("product:new", "Sends a new product with its variants."),
    "update_product": _webhook("product:updated", "Sends a changed product with its variants."),
    "add_customer": _webhook("customer:new", "Sends a new customer."),
    "update_customer": _webhook("customer:updated", "Sends a changed customer."),
}
ANY = HubService("Takes every message and goes by its type.", MESSAGE_TYPES, None)
"""The root path."""


def _default_type(service: HubService, envelope: Mapping[str, Any]) -> str | None:
    """Return the type of a message that does not name its own.

    Only updates tell what was before, so an order with `previous` or `diff` is an updated one.
    """
    payload = envelope.get("payload")
    is_update = isinstance(payload, dict) and not {"previous", "diff"}.isdisjoint(payload)
    if is_update and "order:updated" in service.types and service.default == "order:new":
        return "order:updated"
    return service.default


def read(service: HubService, envelope: Mapping[str, Any]) -> Message:
    """Return the message of an envelope that came to the service."""
    return service.dialect.read(envelope, _default_type(service, envelope))


def dialect_at(path: str) -> Dialect:
    """Return the dialect that is spoken at a path, that of the root where there is no service."""
    return SERVICES.get(path.removeprefix("/"), ANY).dialect
