"""The hub's messages of version 6: `request_id`, one object, and parameters.

Channels differ in where they put a discount; all list fees and credits by name.
"""

from collections.abc import Callable
from typing import Any

from tests.simulator.shop.catalog import Product, Taxon
from tests.simulator.shop.history import Account, Change
from tests.simulator.shop.purchase import Kind, Line, Purchase
from tests.simulator.wire import parts
from tests.simulator.wire.message import (
    Message,
    Site,
    message_id,
    number,
    purchase_of,
    subject,
    written,
)

_VERBS = {"new": "add", "updated": "update", "canceled": "cancel"}

Rendering = Callable[[Purchase], dict[str, Any]]


def spree(change: Change, site: Site, _: str) -> Message:
    """Return the message as Spree's own connector writes it: a negative sum named `discount`."""
    return _of_purchase(change, site, _spree, "v6")


def with_variants(change: Change, site: Site, _: str) -> Message:
    """Return the message as Jirafe's extension of that connector writes it."""
    return _of_purchase(change, site, _with_variants, "v6 with variants")


def raw_state(change: Change, site: Site, _: str) -> Message:
    """Return the message of a channel that passes on Spree's `state`, and no `status`."""
    message = _of_purchase(change, site, _spree, "v6 raw state")
    order = message.body[change.kind]
    order["state"] = order.pop("status")
    return message


def positive_discounts(change: Change, site: Site, _: str) -> Message:
    """Return the message of a channel that lists discounts as a positive amount."""
    return _of_purchase(change, site, _positive, "v6 positive discounts")


def totals_discount(change: Change, site: Site, _: str) -> Message:
    """Return the message of a channel that has discounts among the totals."""
    return _of_purchase(change, site, _in_totals, "v6 totals.discount")


def partial(change: Change, site: Site, _: str) -> Message | None:
    """Return a message that says the state only, None if more than that changed."""
    purchase = purchase_of(change)
    if change.kind == "cart" or not parts.only_state_changed(purchase, change.previous):
        return None
    fields = {
        "id": purchase.number,
        "status": purchase.state,
        "email": purchase.email,
        "updated_at": written(purchase.updated_at),
    }
    return _message(change, site, {"order": fields}, "v6 partial", in_order=True)


def catalog(change: Change, site: Site) -> Message:
    """Return the message about a taxon, a product or a customer; products have no date."""
    match change.subject:
        case Taxon() as taxon:
            fields: dict[str, Any] = parts.taxon(taxon)
        case Product() as product:
            fields = parts.product(product, product.master.sku or str(product.id))
        case Account() as account:
            fields = _customer(account)
        case _:
            raise TypeError(change.kind)
    is_dated = not isinstance(change.subject, Product)
    return _message(change, site, {change.kind: fields}, "v6 catalog", in_order=not is_dated)


def _of_purchase(change: Change, site: Site, rendering: Rendering, style: str) -> Message:
    purchase = purchase_of(change)
    return _message(change, site, {change.kind: _order(purchase) | rendering(purchase)}, style)


def _order(purchase: Purchase) -> dict[str, Any]:
    """Return all of an order but its sums."""
    return {
        "id": purchase.number,
        "channel": "spree",
        "email": purchase.email,
        "currency": purchase.currency,
        "placed_on": written(purchase.completed_at) or "",
        "updated_at": written(purchase.updated_at),
        "status": purchase.state,
        "line_items": [_line(line) for line in purchase.lines],
        "shipping_address": parts.address(purchase.address),
        "billing_address": parts.address(purchase.address),
        "payments": parts.payments(purchase),
        **parts.visit(purchase),
    }


def _line(line: Line) -> dict[str, Any]:
    """Return a line, whose `product_id` is the SKU, or else the variant's number."""
    variant = {} if line.variant.sku else {"variant_id": line.variant.id}
    return {
        "id": line.id,
        "product_id": line.variant.sku,
        "name": line.product.name,
        "quantity": line.quantity,
        "price": number(line.price),
        **variant,
    }


def _spree(purchase: Purchase) -> dict[str, Any]:
    return {
        "totals": _totals(purchase) | {"adjustment": number(purchase.adjustment_total)},
        "adjustments": [
            {"name": "discount", "value": -number(purchase.discounts)},
            {"name": "tax", "value": number(purchase.tax)},
            {"name": "shipping", "value": number(purchase.shipping)},
            *_named(purchase),
        ],
    }


def _with_variants(purchase: Purchase) -> dict[str, Any]:
    lines = [_line(line) | {"variant": _variant(line)} for line in purchase.lines]
    return _spree(purchase) | {"number": purchase.number, "line_items": lines}


def _variant(line: Line) -> dict[str, Any]:
    """Return the variant with its product, which goes by its SKU."""
    variant, product = line.variant, line.product
    given = parts.product(product, product.master.sku)
    return {
        "sku": variant.sku,
        "is_master": variant.is_master,
        "price": number(line.price),
        "options": dict(variant.options),
        "name": product.name,
        "product_id": product.master.sku,
        "images": [],
        "product": {
            **{name: given[name] for name in ("id", "name", "sku", "permalink", "taxons")},
            "created_at": written(product.created_at),
            "updated_at": written(product.updated_at),
            "meta_data": {"jirafe": {"taxons": [parts.taxon(one) for one in product.taxons]}},
        },
    }


def _positive(purchase: Purchase) -> dict[str, Any]:
    return {
        "status": purchase.state.capitalize(),
        "totals": _totals(purchase),
        "adjustments": [
            {"name": "Tax", "value": number(purchase.tax)},
            {"name": "Shipping", "value": number(purchase.shipping)},
            {"name": "Discounts", "value": number(purchase.discounts)},
            *_named(purchase),
        ],
    }


def _in_totals(purchase: Purchase) -> dict[str, Any]:
    return {
        "totals": _totals(purchase) | {"discount": number(purchase.discounts)},
        "adjustments": [
            {"name": "Tax", "value": number(purchase.tax)},
            {"name": "Shipping", "value": number(purchase.shipping)},
            *_named(purchase),
        ],
        "shipments": parts.shipments(purchase),
    }


def _totals(purchase: Purchase) -> dict[str, Any]:
    return {
        "item": number(purchase.subtotal),
        "tax": number(purchase.tax),
        "shipping": number(purchase.shipping),
        "payment": number(purchase.paid),
        "order": number(purchase.total),
    }


def _named(purchase: Purchase) -> list[dict[str, Any]]:
    """Return the adjustments that are neither discount nor tax, each by its name."""
    kinds = (Kind.FEE, Kind.PAYMENT_FEE, Kind.RETURN, Kind.GIFT_CARD)
    return [
        {"name": one.label, "value": number(one.amount)}
        for one in purchase.adjustments
        if one.kind in kinds
    ]


def _customer(account: Account) -> dict[str, Any]:
    person = account.person
    return {
        "id": str(account.user_id),
        "firstname": person.address.first_name,
        "lastname": person.address.last_name,
        "email": person.email,
        "created_at": written(account.created_at),
        "updated_at": written(account.updated_at),
        "shipping_address": parts.address(person.address),
        "billing_address": parts.address(person.address),
    }


def _message(
    change: Change, site: Site, fields: dict[str, Any], style: str, *, in_order: bool = False
) -> Message:
    body = {
        "request_id": message_id(change, style),
        **fields,
        "parameters": {f"jirafe_{name}": value for name, value in site.parameters.items()},
    }
    path = f"/{_VERBS[change.action]}_{change.kind}"
    return Message(path, body, subject(change), style, in_order)
