"""The endpoint's services, as the hub knows them: a path, and the messages it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jirafe_endpoint.envelopes import MESSAGES, WEBHOOKS, Dialect
from jirafe_endpoint.messages import Message
from jirafe_endpoint.service import MESSAGE_TYPES


@dataclass(frozen=True)
class HubService:
    """One service: `types` are its message types, `default` is that of a message without one."""

    types: tuple[str, ...]
    default: str | None
    dialect: Dialect = MESSAGES


def _of(*prefixes: str) -> tuple[str, ...]:
    return tuple(kind for kind in MESSAGE_TYPES if kind.startswith(prefixes))


def _webhook(kind: str) -> HubService:
    return HubService((kind,), kind, WEBHOOKS)


SERVICES = {
    "import_cart": HubService(_of("cart:"), "cart:updated"),
    "import_new_order": HubService(("order:new",), "order:new"),
    "import_updated_order": HubService(_of("order:update", "order:cancel"), "order:updated"),
    "import_order": HubService(_of("order:"), "order:new"),
    "import_category": HubService(_of("taxon:"), "taxon:updated"),
    "import_product": HubService(_of("product:"), "product:updated"),
    "import_customer": HubService(_of("customer:", "user:"), "customer:updated"),
    "add_cart": _webhook("cart:new"),
    "update_cart": _webhook("cart:updated"),
    "add_order": _webhook("order:new"),
    "update_order": _webhook("order:updated"),
    "cancel_order": _webhook("order:canceled"),
    "add_taxon": _webhook("taxon:new"),
    "update_taxon": _webhook("taxon:updated"),
    "add_product": _webhook("product:new"),
    "update_product": _webhook("product:updated"),
    "add_customer": _webhook("customer:new"),
    "update_customer": _webhook("customer:updated"),
}
ANY = HubService(MESSAGE_TYPES, None)
"""The root path, which takes every message and goes by its type."""


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
