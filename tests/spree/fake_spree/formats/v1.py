"""The records of the API v1 of Spree, and of the API of Solidus."""

from typing import Any

from tests.spree.fake_spree.records import (
    Address,
    Customer,
    Line,
    Order,
    Priced,
    Product,
    Shipment,
    Taxon,
    Variant,
)
from tests.spree.fake_spree.values import FIELDS, amount, filled, milliseconds, picture

_TYPES = {True: FIELDS["solidus"], False: FIELDS["v1"]}


def summary(order: Order, *, is_solidus: bool) -> dict[str, Any]:
    """Render an order of a list: no lines, no addresses, no adjustments."""
    return filled(
        _TYPES[is_solidus]["summary"],
        {
            "id": order.id,
            "number": order.number,
            "state": order.state,
            "email": order.email,
            "currency": order.currency,
            "user_id": order.customer.id if order.customer else None,
            "item_total": amount(order.item_total),
            "total": amount(order.total),
            "ship_total": amount(order.shipment_total),
            "adjustment_total": amount(order.adjustment_total),
            "tax_total": amount(order.added_tax + order.included_tax),
            "included_tax_total": amount(order.included_tax),
            "additional_tax_total": amount(order.added_tax),
            "payment_total": amount(order.payment_total),
            "payment_state": order.payment_state,
            "shipment_state": order.shipment_state,
            "created_at": milliseconds(order.created_at),
            "updated_at": milliseconds(order.updated_at),
            "completed_at": milliseconds(order.completed_at),
            "token": "an-order-token",
        },
    )


def order(order: Order, *, is_solidus: bool) -> dict[str, Any]:
    """Render an order on its own; its cancellation has no date."""
    address = _address(order.bill_address, is_solidus) if order.bill_address else None
    own = [("Promotion (Spring ten)", order.promotion, "Spree::PromotionAction")]
    own += [("Gift wrap", order.by_hand, "")]
    return filled(
        _TYPES[is_solidus]["order"],
        {
            **summary(order, is_solidus=is_solidus),
            "bill_address": address,
            "ship_address": address,
            "line_items": [_line(line, is_solidus) for line in order.lines],
            "shipments": [_shipment(one, order, is_solidus) for one in order.shipments],
            "adjustments": [_adjustment(one, is_solidus) for one in own if one[1]],
            "payments": [],
            "credit_cards": [],
        },
    )


def product(product: Product) -> dict[str, Any]:
    fields = _TYPES[False]
    return filled(
        fields["product"],
        {
            "id": product.id,
            "name": product.name,
            "slug": product.slug,
            "available_on": milliseconds(product.created_at),
            "has_variants": bool(product.variants),
            "master": filled(fields["product.variant"], _variant(product.master)),
            "variants": [
                filled(fields["product.variant"], _variant(one)) for one in product.variants
            ],
            "classifications": [
                {"taxon_id": one.id, "position": 1, "taxon": taxon(one)} for one in product.taxons
            ],
            "taxon_ids": [one.id for one in product.taxons],
        },
    )


def taxon(taxon: Taxon) -> dict[str, Any]:
    return filled(
        _TYPES[False]["taxon"],
        {
            "id": taxon.id,
            "name": taxon.name,
            "permalink": taxon.permalink,
            "parent_id": taxon.parent_id,
            "taxonomy_id": taxon.taxonomy_id,
            "taxons": [],
        },
    )


def user(customer: Customer, *, is_solidus: bool) -> dict[str, Any]:
    address = _address(customer.address, is_solidus)
    return {
        "id": customer.id,
        "email": customer.email,
        "created_at": milliseconds(customer.created_at),
        "updated_at": milliseconds(customer.updated_at),
        "bill_address": address,
        "ship_address": address,
    }


def _line(line: Line, is_solidus: bool) -> dict[str, Any]:
    assert line.variant
    variant = {**_variant(line.variant), "product_id": line.variant.product_id}
    return filled(
        _TYPES[is_solidus]["line_item"],
        {
            "id": line.id,
            "quantity": line.quantity,
            "price": amount(line.price),
            "variant_id": line.variant.id,
            "variant": filled(_TYPES[is_solidus]["variant"], variant),
            "adjustments": _adjustments(line, is_solidus),
        },
    )


def _shipment(shipment: Shipment, order: Order, is_solidus: bool) -> dict[str, Any]:
    return filled(
        _TYPES[is_solidus]["shipment"],
        {
            "id": shipment.id,
            "number": shipment.number,
            "cost": amount(shipment.cost),
            "state": order.shipment_state,
            "order_id": order.number,
            "adjustments": _adjustments(shipment, is_solidus),
        },
    )


def _adjustments(part: Priced, is_solidus: bool) -> list[dict[str, Any]]:
    rows = (
        ("Promotion (Wax week)", part.promotion, "Spree::PromotionAction"),
        ("Sales tax", part.added_tax, "Spree::TaxRate"),
        ("VAT (Included)", part.included_tax, "Spree::TaxRate"),
    )
    return [_adjustment(row, is_solidus) for row in rows if row[1]]


def _adjustment(row: tuple[str, Any, str], is_solidus: bool) -> dict[str, Any]:
    label, value, source = row
    fields = {"label": label, "amount": amount(value), "source_type": source or None}
    if not is_solidus:
        fields["eligible"] = True
    return filled(_TYPES[is_solidus]["adjustment"], fields)


def _variant(variant: Variant) -> dict[str, Any]:
    return {
        "id": variant.id,
        "name": variant.name,
        "sku": variant.sku,
        "slug": variant.slug,
        "price": amount(variant.price),
        "is_master": variant.is_master,
        "option_values": [
            {
                "id": one.id,
                "name": one.name,
                "presentation": one.label,
                "option_type_id": one.type_id,
                "option_type_name": one.type_name,
                "option_type_presentation": one.type_label,
            }
            for one in variant.options
        ],
        "images": [filled(_TYPES[False]["image"], {"large_url": picture(variant.id)})],
    }


def _address(address: Address, is_solidus: bool) -> dict[str, Any]:
    names = (
        {"name": f"{address.first_name} {address.last_name}", "country_iso": address.country[0]}
        if is_solidus
        else {"firstname": address.first_name, "lastname": address.last_name}
    )
    state = address.state
    return filled(
        _TYPES[is_solidus]["address"],
        {
            "id": address.id,
            **names,
            "address1": address.street,
            "city": address.city,
            "zipcode": address.zipcode,
            "phone": address.phone,
            "company": address.company,
            "country": {"iso": address.country[0], "name": address.country[1]},
            "state": {"name": state[0], "abbr": state[1]} if state else None,
        },
    )
