"""The records of 5.3's webhooks."""

from typing import Any

from tests.spree.fake_spree.records import Customer, Line, Order, Product, Variant
from tests.spree.fake_spree.values import FIELDS, amount, filled, seconds

_TYPES = FIELDS["flat"]


def order(order: Order) -> dict[str, Any]:
    return filled(
        _TYPES["order"],
        {
            "id": order.id,
            "number": order.number,
            "state": order.state,
            "payment_state": order.payment_state or "",
            "shipment_state": order.shipment_state or "",
            "total": amount(order.total),
            "item_total": amount(order.item_total),
            "shipment_total": amount(order.shipment_total),
            "adjustment_total": amount(order.adjustment_total),
            "promo_total": amount(order.promo_total),
            "included_tax_total": amount(order.included_tax),
            "additional_tax_total": amount(order.added_tax),
            "item_count": sum(line.quantity for line in order.lines),
            "currency": order.currency,
            "email": order.email,
            "user_id": order.customer.id if order.customer else None,
            "store_id": 1,
            "considered_risky": False,
            "completed_at": seconds(order.completed_at),
            "canceled_at": seconds(order.canceled_at),
            "created_at": seconds(order.created_at),
            "updated_at": seconds(order.updated_at),
        },
    )


def line_item(line: Line, order: Order) -> dict[str, Any]:
    assert line.variant
    return filled(
        _TYPES["line_item"],
        {
            "id": line.id,
            "quantity": line.quantity,
            "price": amount(line.price),
            "currency": order.currency,
            "variant_id": line.variant.id,
            "order_id": order.id,
            "created_at": seconds(line.created_at),
            "updated_at": seconds(line.updated_at),
        },
    )


def product(product: Product) -> dict[str, Any]:
    return filled(
        _TYPES["product"],
        {
            "id": product.id,
            "name": product.name,
            "slug": product.slug,
            "status": "active",
            "created_at": seconds(product.created_at),
            "updated_at": seconds(product.updated_at),
        },
    )


def variant(variant: Variant) -> dict[str, Any]:
    return {
        "id": variant.id,
        "sku": variant.sku,
        "is_master": variant.is_master,
        "product_id": variant.product_id,
    }


def user(customer: Customer) -> dict[str, Any]:
    return filled(
        _TYPES["user"],
        {
            "id": customer.id,
            "email": customer.email,
            "created_at": seconds(customer.created_at),
            "updated_at": seconds(customer.updated_at),
        },
    )
