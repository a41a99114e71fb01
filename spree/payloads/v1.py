"""The API v1 of Spree up to 4.4 and the API of Solidus: the raw format that hubs pass on."""

from decimal import Decimal
from typing import Any

from spree.ids import record_id
from spree.payloads.fields import Record, amount, first, pick, present, record, rows, visit

_DATES = "created_at", "updated_at", "completed_at", "canceled_at"
_SUMS = (
    "item_total",
    "total",
    "tax_total",
    "included_tax_total",
    "additional_tax_total",
    "ship_total",
    "adjustment_total",
)


def order(data: Record) -> Record:
    """Return a cart or an order; those from a list have no lines and addresses."""
    lines, shipments = rows(data.get("line_items")), rows(data.get("shipments"))
    is_added = bool(amount(data.get("additional_tax_total")))
    return present(
        {
            **pick(data, "number", "state", "email", "currency", *_SUMS, *_DATES),
            **visit(data),
            "user_id": record_id(data.get("user_id")),
            "adjustments": _adjustments(data, is_added=is_added),
            "shipments": _each(shipments, lambda one: _shipment(one, is_added=is_added)),
            "line_items": _each(lines, lambda one: _line(one, is_added=is_added)),
            "bill_address": _address(data.get("bill_address")),
            "ship_address": _address(data.get("ship_address")),
        }
    )


def product(data: Record) -> Record:
    """Return a product with its master and its variants; the API has no dates."""
    master, variants = record(data.get("master")), rows(data.get("variants"))
    placed = rows(data.get("classifications"))
    return present(
        {
            "id": record_id(data.get("id")),
            **pick(data, "name", "slug", "has_variants", "available_on"),
            **pick(data, "created_at", "updated_at"),
            "sku": master.get("sku"),
            "taxons": _each(placed, lambda one: taxon(record(one.get("taxon")))),
            "master": _variant(master) if master else None,
            "variants": _each(variants, _variant),
        }
    )


def taxon(data: Record) -> Record:
    """Return a node of a taxonomy."""
    return present(
        {
            "id": record_id(data.get("id")),
            **pick(data, "name", "permalink", "created_at", "updated_at"),
            "parent_id": record_id(data.get("parent_id")),
            "taxonomy_id": record_id(data.get("taxonomy_id")),
        }
    )


def customer(data: Record) -> Record:
    """Return a customer with an account."""
    return present(
        {
            "id": record_id(data.get("id")),
            **pick(data, "email", "created_at", "updated_at"),
            "bill_address": _address(data.get("bill_address")),
            "ship_address": _address(data.get("ship_address")),
        }
    )


def _each(sources: list[Record] | None, read: Any) -> list[Record] | None:
    return None if sources is None else [read(one) for one in sources]


def _adjustments(data: Record, *, is_added: bool) -> list[Record] | None:
    """Return a record's own adjustments.

    The API does not say whether prices include a tax. They do unless the order has additional tax,
    since either all prices in a zone include tax or none do.
    """
    return _each(rows(data.get("adjustments")), lambda one: _adjustment(one, is_added=is_added))


def _adjustment(data: Record, *, is_added: bool) -> Record:
    names = "label", "amount", "eligible", "included", "source_type"
    is_tax = str(data.get("source_type")) == "Spree::TaxRate" and _positive(data.get("amount"))
    return {**({"included": not is_added} if is_tax else {}), **pick(data, *names)}


def _positive(value: Any) -> bool:
    return (amount(value) or Decimal(0)) > 0


def _shipment(data: Record, *, is_added: bool) -> Record:
    return present({"cost": data.get("cost"), "adjustments": _adjustments(data, is_added=is_added)})


def _line(data: Record, *, is_added: bool) -> Record:
    sold = record(data.get("variant"))
    return present(
        {
            "id": record_id(data.get("id")),
            **pick(data, "quantity", "price", "created_at", "updated_at"),
            "adjustments": _adjustments(data, is_added=is_added),
            "variant_id": first(record_id(data.get("variant_id")), record_id(sold.get("id"))),
            "variant": _variant(sold) if sold else None,
        }
    )


def _variant(data: Record) -> Record:
    values = "option_type_name", "option_type_presentation", "name", "presentation"
    return present(
        {
            "id": record_id(data.get("id")),
            **pick(data, "sku", "name", "slug", "is_master"),
            "product_id": record_id(data.get("product_id")),
            "option_values": _each(rows(data.get("option_values")), lambda one: pick(one, *values)),
            "images": _images(data),
        }
    )


def _images(data: Record) -> list[Record] | None:
    names = "attachment_url", "url", "large_url", "product_url"
    urls = (first(*map(one.get, names)) for one in rows(data.get("images")) or [])
    return [{"url": url} for url in urls if url] or None


def _address(value: Any) -> Record | None:
    data = record(value)
    names = "firstname", "lastname", "name", "company", "phone", "address1", "address2", "city"
    place = {
        "id": record_id(data.get("id")),
        **pick(data, *names, "zipcode", "state_name"),
        "state": pick(record(data.get("state")), "name", "abbr") or None,
        "country": pick(record(data.get("country")), "iso", "name") or None,
    }
    return present(place) or None
