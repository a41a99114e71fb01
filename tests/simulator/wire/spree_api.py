"""Spree's own API order, which messages have as `original`; amounts are texts."""

from typing import Any

from tests.simulator.shop.customers import Address
from tests.simulator.shop.purchase import Adjustment, Kind, Line, Purchase, Shipment
from tests.simulator.wire import parts
from tests.simulator.wire.message import written


def original(purchase: Purchase, spree: str) -> dict[str, Any]:
    """Return the order as the API of that version of Spree shows it."""
    is_old = spree == "2.1"
    adjustment = purchase.adjustment_total + (purchase.shipping if is_old else 0)
    later = {
        "included_tax_total": str(purchase.sum_of(Kind.INCLUDED_TAX)),
        "additional_tax_total": str(purchase.sum_of(Kind.TAX)),
        "canceled_at": written(purchase.canceled_at),
    }
    return {
        "id": purchase.id,
        "number": purchase.number,
        "item_total": str(purchase.subtotal),
        "total": str(purchase.total),
        "ship_total": str(purchase.shipping),
        "tax_total": str(purchase.tax),
        "adjustment_total": str(adjustment),
        "payment_total": str(purchase.paid),
        "currency": purchase.currency,
        "state": purchase.state,
        "shipment_state": "shipped" if any(s.shipped_at for s in purchase.shipments) else "pending",
        "payment_state": "paid" if purchase.paid == purchase.total else "balance_due",
        "user_id": purchase.user_id,
        "email": purchase.email,
        "special_instructions": None,
        "created_at": written(purchase.created_at),
        "updated_at": written(purchase.updated_at),
        "completed_at": written(purchase.completed_at),
        "bill_address": _address(purchase.address),
        "ship_address": _address(purchase.address),
        "line_items": [_line(purchase, line, is_old=is_old) for line in purchase.lines],
        "adjustments": _of_order(purchase, is_old=is_old),
        "shipments": [_shipment(purchase, one, is_old=is_old) for one in purchase.shipments],
        "payments": [
            {"id": place, "amount": str(amount), "state": "completed", "payment_method_id": 1}
            for place, (_, amount) in enumerate(parts.paid_by(purchase), 1)
        ],
        "credit_cards": [],
        **({} if is_old else later),
        **parts.visit(purchase),
    }


def _of_order(purchase: Purchase, *, is_old: bool) -> list[dict[str, Any]]:
    if not is_old:
        return _adjustments(purchase, None, "Spree::Order")
    shipping = [
        {
            "amount": str(one.cost),
            "label": "Shipping",
            "mandatory": True,
            "eligible": True,
            "originator_type": "Spree::ShippingMethod",
            "adjustable_type": "Spree::Order",
        }
        for one in purchase.shipments
    ]
    return shipping + [
        _adjustment(one, "Spree::Order")
        for one in purchase.adjustments
        if one.kind is not Kind.INCLUDED_TAX
    ]


def _adjustments(purchase: Purchase, on: int | str | None, type_: str) -> list[dict[str, Any]]:
    return [_adjustment(one, type_) for one in purchase.adjustments if one.on == on]


def _included(purchase: Purchase, on: int | str) -> list[dict[str, Any]]:
    return [
        _adjustment(one, "Spree::LineItem")
        for one in purchase.adjustments
        if one.on == on and one.kind is Kind.INCLUDED_TAX
    ]


def _adjustment(one: Adjustment, type_: str) -> dict[str, Any]:
    source = {
        Kind.INCLUDED_TAX: Kind.TAX.value,
        Kind.REDUCTION: None,
        Kind.FEE: None,
    }.get(one.kind, one.kind.value)
    return {
        "amount": str(one.amount),
        "label": one.label,
        "mandatory": False,
        "eligible": one.eligible,
        "included": one.kind is Kind.INCLUDED_TAX,
        "source_type": source,
        "adjustable_type": type_,
    }


def _line(purchase: Purchase, line: Line, *, is_old: bool) -> dict[str, Any]:
    variant, product = line.variant, line.product
    return {
        "id": line.id,
        "quantity": line.quantity,
        "price": str(line.price),
        "variant_id": variant.id,
        "created_at": written(line.created_at),
        "updated_at": written(purchase.updated_at),
        "variant": {
            "id": variant.id,
            "name": product.name,
            "product_id": product.id,
            "sku": variant.sku,
            "price": str(line.price),
            "is_master": variant.is_master,
            "permalink": product.slug,
            "options_text": ", ".join(f"{name}: {value}" for name, value in variant.options),
            "option_values": [
                {"id": 1, "name": value, "presentation": value, "option_type_name": name}
                for name, value in variant.options
            ],
            "images": [],
            "product": {
                "created_at": written(product.created_at),
                "updated_at": written(product.updated_at),
                "taxons": parts.taxons(product),
            },
        },
        "adjustments": _included(purchase, line.id)
        if is_old
        else _adjustments(purchase, line.id, "Spree::LineItem"),
    }


def _shipment(purchase: Purchase, one: Shipment, *, is_old: bool) -> dict[str, Any]:
    adjustments = [] if is_old else _adjustments(purchase, one.number, "Spree::Shipment")
    return {
        "id": one.id,
        "number": one.number,
        "tracking": None,
        "cost": str(one.cost),
        "shipped_at": written(one.shipped_at),
        "state": "shipped" if one.shipped_at else "ready",
        "order_id": purchase.number,
        "stock_location_name": "default",
        "shipping_method": {"name": one.method},
        "adjustments": adjustments,
    }


def _address(place: Address | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {
        "id": place.id,
        "firstname": place.first_name,
        "lastname": place.last_name,
        "address1": place.street,
        "address2": "",
        "city": place.city,
        "zipcode": place.zipcode,
        "phone": place.phone,
        "company": None,
        "state_name": None,
        "country": {"id": 49, "iso": place.country_code, "name": place.country},
        "state": {"id": 26, "name": place.state, "abbr": place.state_code},
    }
