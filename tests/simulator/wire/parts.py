"""The parts of hub orders that all dialects write alike: addresses, lines, payments, parcels."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.simulator.shop.catalog import Product, Taxon, Variant
from tests.simulator.shop.customers import Address
from tests.simulator.shop.purchase import CART_STATES, Line, Purchase
from tests.simulator.wire.message import number, written


def address(place: Address | None) -> dict[str, Any]:
    """Return the hub's address, empty before the buyer gave one."""
    if place is None:
        return {}
    return {
        "firstname": place.first_name,
        "lastname": place.last_name,
        "address1": place.street,
        "address2": "",
        "zipcode": place.zipcode,
        "city": place.city,
        "state": place.state,
        "country": place.country_code,
        "phone": place.phone,
    }


def line(one: Line) -> dict[str, Any]:
    """Return the hub's line item."""
    return {
        "name": one.product.name,
        "sku": one.variant.sku,
        "external_ref": "",
        "quantity": one.quantity,
        "price": number(one.price),
        "variant_id": one.variant.id,
        "options": dict(one.variant.options),
    }


def payments(purchase: Purchase) -> list[dict[str, Any]]:
    """Return the hub's payments."""
    return [
        {
            "number": f"P{purchase.id}{place}",
            "status": "completed" if purchase.paid else "void",
            "amount": number(amount),
            "payment_method": method,
        }
        for place, (method, amount) in enumerate(paid_by(purchase), 1)
    ]


def paid_by(purchase: Purchase) -> Iterator[tuple[str, Decimal]]:
    """Yield the payment methods of the order with their amounts."""
    if purchase.completed_at and purchase.store_credit:
        yield "Store Credit", purchase.store_credit
    if purchase.completed_at and purchase.paid > purchase.store_credit:
        yield "Credit Card", purchase.paid - purchase.store_credit


def shipments(purchase: Purchase) -> list[dict[str, Any]]:
    """Return the hub's shipments; all lines are in the first."""
    return [
        {
            "number": one.number,
            "cost": number(one.cost),
            "status": "shipped" if one.shipped_at else "ready",
            "stock_location": None,
            "shipping_method": one.method,
            "tracking": None,
            "updated_at": None,
            "shipped_at": written(one.shipped_at),
            "items": [line(item) for item in purchase.lines] if place == 0 else [],
        }
        for place, one in enumerate(purchase.shipments)
    ]


def taxon(one: Taxon) -> dict[str, Any]:
    """Return the hub's one."""
    return {
        "id": one.id,
        "parent_id": one.parent.id if one.parent else None,
        "position": 0,
        "name": one.name,
        "permalink": one.permalink,
        "taxonomy_id": one.taxonomy_id,
        "description": None,
        "created_at": written(one.created_at),
        "updated_at": written(one.updated_at),
    }


def taxons(of: Product) -> list[dict[str, Any]]:
    """Return the product's taxons as Spree's API lists them."""
    return [{"id": one.id, "name": one.name, "taxonomy_id": one.taxonomy_id} for one in of.taxons]


def product(one: Product, identifier: Any) -> dict[str, Any]:
    """Return the hub's product, under the number that the dialect gives it."""
    return {
        "id": identifier,
        "name": one.name,
        "sku": one.master.sku,
        "description": f"{one.name}, made by hand.",
        "price": number(one.master.price),
        "cost_price": number(one.master.price / 2),
        "available_on": written(one.created_at),
        "permalink": one.slug,
        "meta_description": None,
        "meta_keywords": None,
        "shipping_category": "Default",
        "taxons": [taxon.path for taxon in one.taxons],
        "options": sorted({name for variant in one.variants for name, _ in variant.options}),
        "properties": {"origin": "Barre"},
        "images": [{"url": f"/spree/products/{one.id}/large/{one.slug}.jpg", "position": 1}],
        "variants": [_variant(variant) for variant in one.variants],
    }


def _variant(one: Variant) -> dict[str, Any]:
    return {
        "sku": one.sku,
        "price": number(one.price),
        "cost_price": number(one.price / 2),
        "quantity": 5,
        "options": dict(one.options),
        "images": [],
    }


def only_state_changed(now: Purchase, then: Purchase | None) -> bool:
    """Return whether a message without sums, items and buyer loses nothing."""
    if then is None or then.state in CART_STATES:
        return False
    return (now.lines, now.shipping, now.adjustments) == (
        then.lines,
        then.shipping,
        then.adjustments,
    )


def visit(purchase: Purchase) -> dict[str, str]:
    """Return the ids of the visit as Jirafe's extension of Spree puts them on an order."""
    ids = purchase.visit
    if ids is None:  # the extension's placeholder
        return dict.fromkeys(("visit_id", "visitor_id", "pageview_id", "last_pageview_id"), "0")
    return {
        "visit_id": ids.visit,
        "visitor_id": ids.visitor,
        "pageview_id": ids.pageview,
        "last_pageview_id": ids.last_pageview,
    }
