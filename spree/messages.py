"""Make hub messages from a shop's records, however these were read."""

from dataclasses import dataclass
from typing import Any

from spree.payloads.fields import Record, rows

CANCELED = frozenset({"canceled", "cancelled"})

_ADDRESSES = "bill_address", "ship_address"


@dataclass(frozen=True, slots=True)
class HubMessage:
    """A message as a hub would send it; messages with the same content have the same `id`."""

    type: str
    id: str
    payload: Record

    def envelope(self) -> Record:
        """Return the message in the envelope of the hub's version 5."""
        return {"message": self.type, "message_id": self.id, "payload": self.payload}


def purchase_message(identifier: str, order: Record, event: str = "order:new") -> HubMessage:
    """Return the message about an order, or about a cart that is not an order yet.

    `event` is order:new, order:updated or order:canceled. Imports always use order:new, which does
    no harm if the order was sent before.
    """
    if not is_order(order):
        return HubMessage("cart:updated", identifier, _purchase("cart", order))
    return HubMessage(event, identifier, _purchase("order", order))


def product_message(identifier: str, product: Record) -> HubMessage:
    """Return the message about a product and its variants."""
    return HubMessage("product:updated", identifier, {"product": product})


def taxon_message(identifier: str, taxon: Record) -> HubMessage:
    """Return the message about a taxon."""
    return HubMessage("taxon:updated", identifier, {"taxon": taxon})


def customer_message(identifier: str, customer: Record) -> HubMessage:
    """Return the message about a customer."""
    return HubMessage("customer:updated", identifier, {"customer": customer})


def is_order(order: Record) -> bool:
    """Whether this is an order; a cart becomes one when it is completed."""
    return order.get("completed_at") is not None


def is_canceled(order: Record) -> bool:
    """Whether the shop says that the order is canceled."""
    return str(order.get("state")).lower() in CANCELED


def missing_from_order(order: Record) -> tuple[str, ...]:
    """Return the paths of the fields that an order lacks and the shop's API has."""
    lines = order.get("line_items")
    sold = [line.get("variant", {}) for line in lines or []]
    countries = (order[name].get("country") for name in _ADDRESSES if name in order)
    lacks = {
        "line_items": lines is None,
        "line_items.variant.sku": any(not variant.get("sku") for variant in sold),
        "line_items.variant.name": any(not variant.get("name") for variant in sold),
        "bill_address": is_order(order) and not any(name in order for name in _ADDRESSES),
        "bill_address.country": any(country is None for country in countries),
        "updated_at": "updated_at" not in order,
    }
    return tuple(path for path, is_missing in lacks.items() if is_missing)


def skus(record: Record) -> dict[str, str]:
    """Return the SKUs in an order, a product or a variant, by the variant's id."""
    lines = [line.get("variant", {}) for line in rows(record.get("line_items")) or []]
    variants = [*lines, record.get("master") or {}, *(rows(record.get("variants")) or [])]
    if "product_id" in record:
        variants.append(record)
    return {one["id"]: one["sku"] for one in variants if one.get("id") and one.get("sku")}


def _purchase(kind: str, order: Record) -> dict[str, Any]:
    """Return the payload: the shop's own rendering, and the number in the hub's."""
    number = {"number": order["number"]} if "number" in order else {}
    return {kind: number, "original": order}
