"""The records of the Admin API v3: those of the webhooks since 5.4, with more fields."""

from typing import Any

from tests.spree.fake_spree.formats import v3
from tests.spree.fake_spree.records import Customer, Line, Order, Product, Taxon, Variant
from tests.spree.fake_spree.values import FIELDS, amount, filled, milliseconds

_ADMIN = FIELDS["admin"]
_STATUSES = {"canceled": "canceled"}


def order(order: Order, expand: set[str]) -> dict[str, Any]:
    """Render an order of the Admin API, without records that were not expanded."""
    values = {
        **v3.order_values(order, "5.6"),
        "status": _STATUSES.get(order.state, "placed" if order.completed_at else "draft"),
        "payment_total": amount(order.payment_total),
        "created_at": milliseconds(order.created_at),
        "updated_at": milliseconds(order.updated_at),
        "canceled_at": milliseconds(order.canceled_at),
        "customer_id": v3.prefixed("cus", order.customer.id) if order.customer else None,
        "last_ip_address": "203.0.113.9",
        "items": [_item(line, order) for line in order.lines],
        "adjustments": [
            filled(
                _ADMIN["adjustment"], {"label": label, "amount": amount(sum_), "included": False}
            )
            for label, sum_ in (
                ("Promotion (Spring ten)", order.promotion),
                ("Gift wrap", order.by_hand),
            )
            if sum_
        ],
        "payments": [],
    }
    whole = filled(_ADMIN["order"], values)
    parts = {
        "items",
        "discounts",
        "fulfillments",
        "payments",
        "billing_address",
        "shipping_address",
        "customer",
        "adjustments",
    }
    return {name: value for name, value in whole.items() if name not in parts - expand}


def product(product: Product, expand: set[str]) -> dict[str, Any]:
    values = {
        **v3.product_values(product),
        "status": "active",
        "created_at": milliseconds(product.created_at),
        "updated_at": milliseconds(product.updated_at),
        "variants": [_variant(one) for one in product.variants],
        "categories": [category(one) for one in product.taxons],
    }
    whole = filled(_ADMIN["product"], values)
    first = product.variants[0] if product.variants else product.master
    whole["default_variant"] = _variant(first)
    parts = {"variants", "default_variant", "categories", "media"}
    return {name: value for name, value in whole.items() if name not in parts - expand}


def category(taxon: Taxon) -> dict[str, Any]:
    return filled(
        _ADMIN["category"],
        {
            "id": v3.prefixed("ctg", taxon.id),
            "name": taxon.name,
            "permalink": taxon.permalink,
            "parent_id": v3.prefixed("ctg", taxon.parent_id) if taxon.parent_id else None,
            "is_root": taxon.parent_id is None,
            "created_at": milliseconds(taxon.updated_at),
            "updated_at": milliseconds(taxon.updated_at),
        },
    )


def customer(customer: Customer) -> dict[str, Any]:
    return filled(
        _ADMIN["customer"],
        {
            **v3.customer_values(customer),
            "created_at": milliseconds(customer.created_at),
            "updated_at": milliseconds(customer.updated_at),
        },
    )


def _item(line: Line, order: Order) -> dict[str, Any]:
    assert line.variant
    return filled(
        _ADMIN["item"],
        {
            **v3.item_values(line, order),
            "created_at": milliseconds(line.created_at),
            "updated_at": milliseconds(line.updated_at),
            "variant": _variant(line.variant),
        },
    )


def _variant(variant: Variant) -> dict[str, Any]:
    return filled(_ADMIN["variant"], {**v3.variant_values(variant), "product_name": variant.name})


def page(rows: list[Any], envelope: dict[str, int]) -> dict[str, Any]:
    """Wrap the records of a page, with the meta data of all of them."""
    page, pages = envelope["current_page"], envelope["pages"]
    return {
        "data": rows,
        "meta": {
            "page": page,
            "limit": envelope["per_page"],
            "count": envelope["total_count"],
            "pages": pages,
            "in": len(rows),
            "next": page + 1 if page < pages else None,
        },
    }
