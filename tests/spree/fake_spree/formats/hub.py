"""The shop's orders as its hub integration renders them: the form of the connector gems."""

from typing import Any

from tests.spree.fake_spree.records import Order
from tests.spree.fake_spree.values import seconds


def order(order: Order) -> dict[str, Any]:
    adjustments = {
        "discount": order.promo_total,
        "tax": order.added_tax + order.included_tax,
        "shipping": order.shipment_total,
    }
    return {
        "id": order.number,
        "status": order.state,
        "channel": "spree",
        "email": order.email,
        "currency": order.currency,
        "placed_on": seconds(order.completed_at),
        "updated_at": seconds(order.updated_at),
        "totals": {
            "item": float(order.item_total),
            "adjustment": float(order.adjustment_total),
            "tax": float(adjustments["tax"]),
            "shipping": float(order.shipment_total),
            "payment": float(order.payment_total),
            "order": float(order.total),
        },
        "adjustments": [
            {"name": name, "value": float(value)} for name, value in adjustments.items()
        ],
        "line_items": [
            {
                "id": line.id,
                "product_id": line.variant.sku,
                "name": line.variant.name,
                "quantity": line.quantity,
                "price": float(line.price),
            }
            for line in order.lines
            if line.variant
        ],
    }
