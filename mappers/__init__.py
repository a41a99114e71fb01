"""Translate hub messages to Jirafe events. Pure: no input or output, no imports of the service."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from msgspec import Struct

from mappers.categories import taxon_draft
from mappers.customers import customer_draft
from mappers.dates import Clock
from mappers.events import Draft, Event, Fact, Key, Mapped
from mappers.problems import MappingError, Warning
from mappers.products import product_draft
from mappers.purchases.carts import CartDraft
from mappers.purchases.orders import OrderDraft
from mappers.purchases.purchase import Purchase, purchase
from mappers.reading import refusals
from mappers.reading.catalog import ProductPayload, TaxonPayload
from mappers.reading.orders import CartPayload, OrderPayload
from mappers.reading.people import CustomerPayload

__all__ = [
    "MAPPERS",
    "Draft",
    "Event",
    "Fact",
    "Key",
    "Mapped",
    "MappingError",
    "Warning",
    "read_message",
]


class _Message(Struct, frozen=True, gc=False):
    payload: Any
    parameters: Mapping[str, str]
    clock: Clock


def _cart(message: _Message) -> Draft:
    return CartDraft(_purchase("cart", CartPayload, message))


def _order(message: _Message, *, is_new: bool = False, is_cancellation: bool = False) -> Draft:
    order = _purchase("order", OrderPayload, message)
    return OrderDraft(order, is_new=is_new, is_cancellation=is_cancellation)


def _purchase(name: str, of: Any, message: _Message) -> Purchase:
    payload, warnings = refusals.read(of, message.payload)
    return purchase(name, payload, message.parameters, message.clock, warnings)


def _taxon(message: _Message) -> Draft:
    payload, warnings = refusals.read(TaxonPayload, _under("taxon", message.payload))
    return taxon_draft(payload.taxon, message.parameters, message.clock, warnings)


def _product(message: _Message) -> Draft:
    payload, warnings = refusals.read(ProductPayload, _under("product", message.payload))
    return product_draft(payload.product, message.parameters, message.clock, warnings)


def _customer(message: _Message) -> Draft:
    names = [name for name in ("customer", "user") if name in message.payload]
    filled = next((name for name in names if message.payload[name]), None)
    name = filled or next(iter(names), "customer")
    payload, warnings = refusals.read(CustomerPayload, _under(name, message.payload))
    return customer_draft(getattr(payload, name), name, message.clock, warnings)


def _under(name: str, payload: Any) -> Any:
    """Return the payload with its object under `name`, even if that was at the root."""
    return payload if name in payload else {name: payload}


_Reader = Callable[[_Message], Draft]
_new_order: _Reader = partial(_order, is_new=True)
_canceled_order: _Reader = partial(_order, is_cancellation=True)

MAPPERS: dict[str, _Reader] = {
    "cart:new": _cart,
    "cart:updated": _cart,
    "order:new": _new_order,
    "order:update": _order,
    "order:updated": _order,
    "order:cancel": _canceled_order,
    "order:canceled": _canceled_order,
    "order:cancelled": _canceled_order,
    "taxon:new": _taxon,
    "taxon:updated": _taxon,
    "taxon:persist": _taxon,
    "product:new": _product,
    "product:updated": _product,
    "product:persist": _product,
    "customer:new": _customer,
    "customer:updated": _customer,
    "user:new": _customer,
    "user:updated": _customer,
}
"""The reader of each message type. A new type needs a line here, and a draft."""


def read_message(
    type: str,  # noqa: A002
    payload: Mapping[str, Any],
    parameters: Mapping[str, str],
    now: datetime,
) -> Draft:
    """Return the draft of a hub message.

    `type` is a key of MAPPERS. The names of `parameters` have no `jirafe.` prefix. `now` is
    timezone-aware, and used only if the message has no usable date. Raise MappingError.
    """
    return MAPPERS[type](_Message(payload, parameters, Clock.at(now)))
