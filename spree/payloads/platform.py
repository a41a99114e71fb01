"""Webhooks of Spree 4.4 to 5.2 and the Platform API v2, both in JSON:API format."""

from typing import Any

from spree.payloads.fields import Record, first, pick, present, rows, visit
from spree.payloads.json_api import Resource
from spree.payloads.sums import sums, tax_total


def order(source: Resource) -> Record:
    """Return a cart or an order."""
    attributes = source.attributes
    lines, shipments = source.many("line_items"), source.many("shipments")
    return present(
        {
            **pick(attributes, "number", "state", "email", "currency", "item_total", "total"),
            **pick(attributes, "included_tax_total", "additional_tax_total"),
            **pick(attributes, "adjustment_total", "promo_total"),
            **pick(attributes, "created_at", "updated_at", "completed_at", "canceled_at"),
            **visit(attributes),
            "user_id": _id(source.one("user")),
            "tax_total": tax_total(attributes),
            "ship_total": attributes.get("shipment_total"),
            "adjustments": _adjustments(source, lines, shipments),
            "shipments": None if shipments is None else [_shipment(one) for one in shipments],
            "line_items": None if lines is None else [_line(one) for one in lines],
            "bill_address": _address(source.one("bill_address")),
            "ship_address": _address(source.one("ship_address")),
        }
    )


def product(source: Resource) -> Record:
    """Return a product with its master and its variants."""
    master, variants = source.one("primary_variant"), source.many("variants")
    is_included = master is not None and bool(master.attributes)
    return present(
        {
            **_product(source),
            "sku": master.attributes.get("sku") if master else None,
            "master": variant(master) if master and is_included else None,
            "variants": None if variants is None else [variant(one) for one in variants],
        }
    )


def variant(source: Resource) -> Record:
    """Return a variant, with its product if that is included."""
    attributes = source.attributes
    sold = source.one("product")
    return present(
        {
            "id": source.id or None,
            **pick(attributes, "sku", "name", "is_master"),
            "product_id": _id(sold),
            "product": _product(sold) if sold and sold.attributes else None,
            "option_values": _option_values(source.many("option_values")),
            "images": _images(source.many("images")),
        }
    )


def taxon(source: Resource) -> Record:
    """Return a node of a taxonomy."""
    return present(
        {
            "id": source.id or None,
            **pick(source.attributes, "name", "permalink", "created_at", "updated_at"),
            "parent_id": _id(source.one("parent")),
            "taxonomy_id": _id(source.one("taxonomy")),
        }
    )


def customer(source: Resource) -> Record:
    """Return a customer with an account."""
    attributes = source.attributes
    return present(
        {
            "id": source.id or None,
            **pick(attributes, "email", "first_name", "last_name", "created_at", "updated_at"),
            "bill_address": _address(source.one("bill_address")),
            "ship_address": _address(source.one("ship_address")),
        }
    )


def _id(related: Resource | None) -> str | None:
    return related.id or None if related else None


def _adjustments(source: Resource, *parts: list[Resource] | None) -> list[Record]:
    """Return the order's own adjustments, or the sums of all if its parts are not included."""
    own = source.many("adjustments")
    known = [part for some in parts for part in some or []]
    if own is None or None in parts:
        return sums(source.attributes).without(sums(p.attributes) for p in known).adjustments()
    names = "label", "amount", "eligible", "included", "source_type"
    return [pick(adjustment.attributes, *names) for adjustment in own]


def _shipment(source: Resource) -> Record:
    return present(
        {
            "cost": source.attributes.get("cost"),
            "adjustments": sums(source.attributes).adjustments(),
        }
    )


def _line(source: Resource) -> Record:
    attributes = source.attributes
    sold = source.one("variant")
    return present(
        {
            "id": source.id or None,
            **pick(attributes, "quantity", "price", "created_at", "updated_at"),
            "adjustments": sums(attributes).adjustments(),
            "variant_id": _id(sold),
            "variant": variant(sold) if sold and sold.attributes else None,
        }
    )


def _address(source: Resource | None) -> Record | None:
    if source is None or not source.attributes:
        return None
    attributes = source.attributes
    names = "firstname", "lastname", "company", "phone", "address1", "address2", "city"
    return present(
        {
            "id": source.id or None,
            **pick(attributes, *names, "zipcode", "state_name"),
            "state": _place(source.one("state"), "name", "abbr"),
            "country": _place(source.one("country"), "iso", "name"),
        }
    )


def _place(source: Resource | None, *names: str) -> Record | None:
    return pick(source.attributes, *names) or None if source else None


def _product(source: Resource) -> Record:
    attributes = source.attributes
    taxons, variants = source.many("taxons"), source.count("variants")
    return present(
        {
            "id": source.id or None,
            **pick(attributes, "name", "slug", "created_at", "updated_at", "available_on"),
            "has_variants": None if variants is None else variants > 0,
            "taxons": None if taxons is None else [taxon(one) for one in taxons],
            "images": _images(source.many("images")),
        }
    )


def _option_values(sources: list[Resource] | None) -> list[Record] | None:
    return None if sources is None else [_option_value(one) for one in sources]


def _option_value(source: Resource) -> Record:
    option = source.one("option_type")
    attributes = option.attributes if option else {}
    return present(
        {
            **pick(source.attributes, "name", "presentation"),
            "option_type_name": attributes.get("name"),
            "option_type_presentation": attributes.get("presentation"),
        }
    )


def _images(sources: list[Resource] | None) -> list[Record] | None:
    urls = (_url(one.attributes) for one in sources or [])
    return [{"url": url} for url in urls if url] or None


def _url(image: Record) -> Any:
    """Return the URL of the original image, or else of its largest version."""
    styles = rows(image.get("styles")) or []
    largest = max(styles, key=lambda style: str(style.get("width") or "").zfill(6), default={})
    return first(image.get("original_url"), largest.get("url"))
