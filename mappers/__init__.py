"""Hub messages to Jirafe events. Pure: imports nothing of the service, touches no world."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mappers import carts, customers, orders, products, taxons
from mappers.errors import MappingError
from mappers.events import Event, recall
from mappers.sums import mismatch

__all__ = ["MAPPERS", "Event", "MappingError", "map_message", "mismatch", "recall"]

Mapper = Callable[[Mapping[str, Any], Mapping[str, str], datetime], list[Event]]

MAPPERS: dict[str, Mapper] = {
    "cart:new": carts.map_new,
    "cart:updated": carts.map_updated,
    "order:new": orders.map_new,
    "order:update": orders.map_updated,
    "order:updated": orders.map_updated,
    "order:cancel": orders.map_canceled,
    "order:canceled": orders.map_canceled,
    "order:cancelled": orders.map_canceled,
    "taxon:new": taxons.map_taxon,
    "taxon:updated": taxons.map_taxon,
    "taxon:persist": taxons.map_taxon,
    "product:new": products.map_product,
    "product:updated": products.map_product,
    "product:persist": products.map_product,
    "customer:new": customers.map_customer,
    "customer:updated": customers.map_customer,
    "user:new": customers.map_customer,
    "user:updated": customers.map_customer,
}
"""The mapper of each message type. A new type is a function and a line here."""


def map_message(
    message: str, payload: Mapping[str, Any], parameters: Mapping[str, str], now: datetime
) -> list[Event]:
    """Return the Jirafe events of a hub message, in the order in which they are sent.

    `message` is a key of MAPPERS, `parameters` go by names without the `jirafe.` prefix, `now`
    (aware) is used only where the message carries no date. Raises MappingError.
    """
    return MAPPERS[message](payload, parameters, now)
