"""Webhooks of Spree 5.3: records without their related records."""

from spree.ids import record_id
from spree.payloads.fields import Record, pick, present
from spree.payloads.sums import sums, tax_total


def order(data: Record) -> Record:
    """Return a cart or an order with its sums, but without lines, addresses and shipments."""
    return present(
        {
            **pick(data, "number", "state", "email", "currency", "item_total", "total"),
            **pick(data, "included_tax_total", "additional_tax_total"),
            **pick(data, "adjustment_total", "promo_total"),
            **pick(data, "created_at", "updated_at", "completed_at", "canceled_at"),
            "user_id": record_id(data.get("user_id")),
            "tax_total": tax_total(data),
            "ship_total": data.get("shipment_total"),
            "adjustments": sums(data).adjustments(),
        }
    )


def customer(data: Record) -> Record:
    """Return a customer with an account, without a name."""
    return present(
        {"id": record_id(data.get("id")), **pick(data, "email", "created_at", "updated_at")}
    )


def variant(data: Record) -> Record:
    """Return a variant, without a name."""
    return present(
        {
            "id": record_id(data.get("id")),
            **pick(data, "sku", "is_master"),
            "product_id": record_id(data.get("product_id")),
        }
    )


def line_order_id(data: Record) -> str | None:
    """Return the id of a line's order, or None from Spree 5.4 on."""
    return record_id(data.get("order_id"))
