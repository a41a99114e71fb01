"""The records of webhooks since 5.4."""

from functools import cache
from typing import Any

from sqids import Sqids

from tests.spree.fake_spree.records import (
    Address,
    Customer,
    Line,
    Order,
    Priced,
    Product,
    Shipment,
    Variant,
)
from tests.spree.fake_spree.values import FIELDS, amount, filled, milliseconds, picture

_STORE = FIELDS["v3"]
_SQIDS = Sqids(min_length=10)


@cache
def prefixed(prefix: str, identifier: int) -> str:
    return f"{prefix}_{_SQIDS.encode([identifier])}"


def order(order: Order, version: str) -> dict[str, Any]:
    """Render the order of a webhook; `version` is 5.4, 5.6 or 6.0."""
    names = _STORE.get(f"order.{version}", _STORE["order"])
    more = {"cart_id": prefixed("cart", order.id), "fees": [], "fee_total": "0.0"}
    values = {**order_values(order, version), **(more if version == "6.0" else {})}
    return filled(names, values)


def cart(order: Order) -> dict[str, Any]:
    """Render a cart of 6.0, which has an id of its own."""
    identifier = prefixed("cart", order.id)
    values = {
        **order_values(order, "6.0"),
        "id": identifier,
        "number": identifier,
        "fee_total": "0.0",
    }
    for name in ("fulfillment_status", "payment_status", "completed_at"):
        values.pop(name)
    return filled(_STORE["cart.6.0"], {**values, "token": "a-cart-token"})


def line_item(line: Line, order: Order, version: str) -> dict[str, Any]:
    return filled(_STORE.get(f"item.{version}", _STORE["item"]), item_values(line, order))


def product(product: Product) -> dict[str, Any]:
    return filled(_STORE["product"], product_values(product))


def variant(variant: Variant) -> dict[str, Any]:
    return filled(_STORE["variant"], variant_values(variant))


def user(customer: Customer) -> dict[str, Any]:
    address = _address(customer.address)
    return filled(
        _STORE["user"],
        {
            **customer_values(customer),
            "addresses": [address],
            "default_billing_address": address,
            "default_shipping_address": address,
        },
    )


def order_values(order: Order, version: str) -> dict[str, Any]:
    address = _address(order.bill_address) if order.bill_address else None
    discounts = [("Spring ten", order.promotion)]
    discounts += [("Wax week", part.promotion) for part in order.parts]
    return {
        "id": prefixed("or", order.id),
        "number": order.number,
        "email": order.email,
        "currency": order.currency,
        "total_quantity": sum(line.quantity for line in order.lines),
        "fulfillment_status": order.shipment_state,
        "payment_status": order.payment_state,
        "completed_at": milliseconds(order.completed_at),
        "item_total": amount(order.item_total),
        "delivery_total": amount(order.shipment_total),
        "total": amount(order.total),
        "tax_total": amount(order.added_tax + order.included_tax),
        **_totals(order.promo_total, order.adjustment_total, order.added_tax, order.included_tax),
        "discounts": [
            filled(_STORE["discount"], {"name": name, "amount": amount(sum_)})
            for name, sum_ in discounts
            if sum_
        ],
        "items": [line_item(line, order, version) for line in order.lines],
        "fulfillments": [_fulfillment(one, order, version) for one in order.shipments],
        "payments": [],
        "billing_address": address,
        "shipping_address": address,
    }


def item_values(line: Line, order: Order) -> dict[str, Any]:
    assert line.variant
    return {
        "id": prefixed("li", line.id),
        "variant_id": prefixed("variant", line.variant.id),
        "name": line.variant.name,
        "slug": line.variant.slug,
        "quantity": line.quantity,
        "currency": order.currency,
        "price": amount(line.price),
        "total": amount(line.amount + line.adjustment_total),
        **_part(line),
        "thumbnail_url": picture(line.variant.id),
        "option_values": _option_values(line.variant),
        "digital_links": [],
    }


def _fulfillment(shipment: Shipment, order: Order, version: str) -> dict[str, Any]:
    return filled(
        _STORE.get(f"fulfillment.{version}", _STORE["fulfillment"]),
        {
            "id": prefixed("ful", shipment.id),
            "number": shipment.number,
            "cost": amount(shipment.cost),
            "status": order.shipment_state,
            **{
                name: value for name, value in _part(shipment).items() if name != "adjustment_total"
            },
        },
    )


def _part(part: Priced) -> dict[str, Any]:
    return _totals(part.promotion, part.adjustment_total, part.added_tax, part.included_tax)


def _totals(promotion: Any, adjustments: Any, added: Any, included: Any) -> dict[str, Any]:
    return {
        "discount_total": amount(promotion),
        "adjustment_total": amount(adjustments),
        "additional_tax_total": amount(added),
        "included_tax_total": amount(included),
    }


def _address(address: Address) -> dict[str, Any]:
    return filled(
        _STORE["address"],
        {
            "id": prefixed("addr", address.id),
            "first_name": address.first_name,
            "last_name": address.last_name,
            "address1": address.street,
            "city": address.city,
            "postal_code": address.zipcode,
            "phone": address.phone,
            "company": address.company,
            "country_iso": address.country[0],
            "country_name": address.country[1],
            "state_name": address.state[0] if address.state else None,
            "state_abbr": address.state[1] if address.state else None,
        },
    )


def product_values(product: Product) -> dict[str, Any]:
    first = product.variants[0] if product.variants else product.master
    return {
        "id": prefixed("prod", product.id),
        "name": product.name,
        "slug": product.slug,
        "variant_count": len(product.variants),
        "default_variant_id": prefixed("variant", first.id),
        "available_on": milliseconds(product.created_at),
        "thumbnail_url": picture(first.id),
        "tags": [],
    }


def variant_values(variant: Variant) -> dict[str, Any]:
    return {
        "id": prefixed("variant", variant.id),
        "product_id": prefixed("prod", variant.product_id),
        "sku": variant.sku,
        "thumbnail_url": picture(variant.id),
        "option_values": _option_values(variant),
    }


def _option_values(variant: Variant) -> list[dict[str, Any]]:
    return [
        filled(
            _STORE["option_value"],
            {
                "id": prefixed("optval", one.id),
                "option_type_id": prefixed("opt", one.type_id),
                "option_type_name": one.type_name,
                "option_type_label": one.type_label,
                "name": one.name,
                "label": one.label,
            },
        )
        for one in variant.options
    ]


def customer_values(customer: Customer) -> dict[str, Any]:
    return {
        "id": prefixed("cus", customer.id),
        "email": customer.email,
        "first_name": customer.address.first_name,
        "last_name": customer.address.last_name,
    }
