"""Webhooks of Spree 5.4 and later and the Admin API v3, which share their serializers."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from spree.ids import record_id
from spree.payloads.fields import Record, amount, first, pick, present, record, rows, visit
from spree.payloads.sums import ZERO, sums

_STATES = {"draft": "cart", "placed": "complete", "canceled": "canceled"}


def order(data: Record) -> Record:
    """Return a cart or an order.

    Webhooks have no state, and no date except `completed_at`; the event supplies these.
    """
    lines, shipments = rows(data.get("items")), rows(data.get("fulfillments"))
    return present(
        {
            **pick(data, "number", "email", "currency", "item_total", "total", "tax_total"),
            **pick(data, "included_tax_total", "additional_tax_total", "cart_id"),
            **pick(data, "created_at", "updated_at", "completed_at", "canceled_at"),
            **visit(data),
            "state": _state(data),
            "user_id": record_id(data.get("customer_id")),
            "ship_total": data.get("delivery_total"),
            "promo_total": data.get("discount_total"),
            "adjustment_total": data.get("adjustment_total"),
            "adjustments": _adjustments(data, [*(lines or []), *(shipments or [])]),
            "shipments": None if shipments is None else [_shipment(one) for one in shipments],
            "line_items": None if lines is None else [_line(one) for one in lines],
            "bill_address": address(data.get("billing_address")),
            "ship_address": address(data.get("shipping_address")),
        }
    )


def product(data: Record, roots: Mapping[str, str]) -> Record:
    """Return a product from the Admin API; its master is known only if it has no variants."""
    variants = rows(data.get("variants"))
    is_simple = data.get("variant_count") == 0 or variants == []
    master = variant(record(data.get("default_variant"))) if is_simple else {}
    return present(
        {
            "id": record_id(data.get("id")),
            **pick(data, "name", "slug", "created_at", "updated_at", "available_on"),
            "sku": master.get("sku"),
            "has_variants": not is_simple,
            "taxons": _categories(data.get("categories"), roots),
            "images": _images(data),
            "master": {**master, "is_master": True} if master else None,
            "variants": None if variants is None else [variant(one) for one in variants],
        }
    )


def variant(data: Record) -> Record:
    """Return a variant. It is the master if it has no option values; v3 has no field for that."""
    return present(
        {
            "id": record_id(data.get("id")),
            "sku": data.get("sku"),
            "name": data.get("product_name"),
            "product_id": record_id(data.get("product_id")),
            "is_master": _is_master(data),
            "option_values": _option_values(data),
            "images": _images(data),
        }
    )


def category(data: Record, roots: Mapping[str, str]) -> Record:
    """Return a category as a taxon, with its root as the taxonomy, which v3 does not have.

    `roots` maps the permalink of each root to its id.
    """
    root, _, _ = str(data.get("permalink") or "").partition("/")
    return present(
        {
            "id": record_id(data.get("id")),
            **pick(data, "name", "permalink", "created_at", "updated_at"),
            "parent_id": record_id(data.get("parent_id")),
            "taxonomy_id": roots.get(root),
        }
    )


def customer(data: Record) -> Record:
    """Return a customer with an account."""
    names = "email", "first_name", "last_name", "phone", "created_at", "updated_at"
    return present(
        {
            "id": record_id(data.get("id")),
            **pick(data, *names),
            "bill_address": address(data.get("default_billing_address")),
            "ship_address": address(data.get("default_shipping_address")),
        }
    )


def address(value: Any) -> Record | None:
    """Return an address, or None."""
    data = record(value)
    state = present({"name": data.get("state_name"), "abbr": data.get("state_abbr")})
    country = present({"iso": data.get("country_iso"), "name": data.get("country_name")})
    place = {
        "id": record_id(data.get("id")),
        "firstname": data.get("first_name"),
        "lastname": data.get("last_name"),
        **pick(data, "company", "phone", "address1", "address2", "city"),
        "zipcode": data.get("postal_code"),
        "state": state or None,
        "country": country or None,
    }
    return present(place) or None


def _state(data: Record) -> str | None:
    """Return the state by the Admin API's status, or by fields that only canceled orders have."""
    status = data.get("status")
    if status == "placed" and data.get("canceled_at") is not None:
        return "resumed"  # resuming does not clear the date
    if isinstance(status, str):
        return _STATES.get(status, status)
    # A single canceled shipment cancels the fulfillment too, but voids or credits no payment.
    voided = data.get("payment_status") in ("void", "credit_owed")
    return "canceled" if voided and data.get("fulfillment_status") == "canceled" else None


def _adjustments(data: Record, parts: list[Record]) -> list[Record]:
    """Return the order's own adjustments, and the separate fees of Spree 6."""
    own = rows(data.get("adjustments"))
    if own is None:
        adjustments = sums(data).without(sums(part) for part in parts).adjustments()
    else:
        adjustments = [pick(one, "label", "amount", "eligible", "included") for one in own]
    fees = _fees_beside(data)
    return [*adjustments, _fee(fees)] if fees else adjustments


def _fee(fees: Decimal) -> Record:
    return {"label": "Fees", "amount": str(fees), "eligible": True}


def _fees_beside(data: Record) -> Decimal:
    """Return the fees that are part of the total, but not of the adjustments."""
    names = "item_total", "delivery_total", "adjustment_total"
    fees, total = amount(data.get("fee_total")), amount(data.get("total"))
    if not fees or total is None:
        return ZERO
    others = sum((amount(data.get(name)) or ZERO for name in names), ZERO)
    return fees if total - others == fees else ZERO


def _shipment(data: Record) -> Record:
    return present({"cost": data.get("cost"), "adjustments": sums(data).adjustments()})


def _line(data: Record) -> Record:
    sold = record(data.get("variant"))
    variant_id = first(record_id(data.get("variant_id")), record_id(sold.get("id")))
    merged = {
        "id": variant_id,
        **pick(data, "name", "slug"),
        "is_master": _is_master(data),
        "option_values": _option_values(data),
        "images": _images(data),
        **variant(sold),
    }
    return present(
        {
            "id": record_id(data.get("id")),
            **pick(data, "quantity", "price", "name", "created_at", "updated_at"),
            "adjustments": sums(data).adjustments(),
            "variant_id": variant_id,
            "variant": present(merged),
        }
    )


def _categories(value: Any, roots: Mapping[str, str]) -> list[Record] | None:
    values = rows(value)
    return None if values is None else [category(one, roots) for one in values]


def _option_values(data: Record) -> list[Record] | None:
    values = rows(data.get("option_values"))
    return None if values is None else [_option_value(one) for one in values]


def _is_master(data: Record) -> bool | None:
    values = rows(data.get("option_values"))
    return None if values is None else not values


def _option_value(data: Record) -> Record:
    return present(
        {
            "name": data.get("name"),
            "presentation": data.get("label"),
            "option_type_name": data.get("option_type_name"),
            "option_type_presentation": data.get("option_type_label"),
        }
    )


def _images(data: Record) -> list[Record] | None:
    media: Iterable[Record] = rows(data.get("media")) or []
    urls = [one.get("original_url") for one in media] or [data.get("thumbnail_url")]
    return [{"url": url} for url in urls if url] or None
