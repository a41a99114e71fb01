"""The hub's messages of version 5: `message`, `message_id` and a `payload`.

Spree up to 2.1 puts every adjustment on the order, shipping included; later ones put them on the
lines and shipments that they are for.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.simulator.shop.catalog import Product, Taxon
from tests.simulator.shop.history import Account, Change
from tests.simulator.shop.purchase import ZERO, Adjustment, Kind, Purchase
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
from tests.simulator.wire.spree_api import original


def with_original(change: Change, site: Site, spree: str) -> Message:
    """Return the message with Spree's own order beside the hub's."""
    purchase = purchase_of(change)
    payload = {
        change.kind: hub_order(purchase, spree, flat=False),
        "original": original(purchase, spree),
    }
    return _message(change, site, payload, "v5 with original")


def with_previous(change: Change, site: Site, spree: str) -> Message | None:
    """Return the message of a changed order with its previous state, or None for a new one."""
    if change.previous is None or change.kind != "order" or change.action == "new":
        return None
    purchase = purchase_of(change)
    now, then = original(purchase, spree), original(change.previous, spree)
    payload = {
        "order": hub_order(purchase, spree, flat=False),
        "original": now,
        "previous": hub_order(change.previous, spree, flat=False),
        "diff": {name: [then[name], now[name]] for name in now if now[name] != then[name]},
    }
    return _message(change, site, payload, "v5 with previous")


def without_original(change: Change, site: Site, spree: str) -> Message:
    """Return the message in the hub's form alone, with all adjustments in one list."""
    purchase = purchase_of(change)
    payload = {change.kind: hub_order(purchase, spree, flat=True) | parts.visit(purchase)}
    return _message(change, site, payload, "v5 without original")


def unfinished_order(change: Change, site: Site, spree: str) -> Message | None:
    """Return the message of a cart that is called an order before it is one."""
    purchase = purchase_of(change)
    if change.kind != "cart":
        return None
    payload = {
        "order": hub_order(purchase, spree, flat=False),
        "original": original(purchase, spree),
    }
    given = replace(change, kind="order", action="updated")
    return _message(given, site, payload, "v5 unfinished order")


def partial(change: Change, site: Site, spree: str) -> Message | None:
    """Return a message that says the state only, None if more than that changed."""
    purchase = purchase_of(change)
    if change.kind == "cart" or not parts.only_state_changed(purchase, change.previous):
        return None
    fields = {"number": purchase.number, "updated_at": written(purchase.updated_at)}
    if change.action != "canceled":  # the name of the message says it
        fields["status"] = purchase.state
    return _message(change, site, {"order": fields}, "v5 partial", in_order=True)


def catalog(change: Change, site: Site) -> Message:
    """Return the message about a taxon, a product or a customer."""
    match change.subject:
        case Taxon() as taxon:
            payload: dict[str, Any] = {"taxon": parts.taxon(taxon)}
        case Product() as product:
            dates = {"created_at": product.created_at, "updated_at": product.updated_at}
            payload = {
                "product": parts.product(product, product.id)
                | {name: written(date) for name, date in dates.items()}
            }
        case Account() as account:
            payload = {"user": _user(account)}
        case _:
            raise TypeError(change.kind)
    return _message(change, site, payload, "v5 catalog")


def hub_order(purchase: Purchase, spree: str, *, flat: bool) -> dict[str, Any]:
    """Return the hub's order or cart; `flat` lists the adjustments of lines and shipments, too."""
    is_old = spree == "2.1"
    shipping = ZERO if is_old else purchase.shipping
    adjustment = purchase.adjustment_total + (purchase.shipping if is_old else ZERO)
    return {
        "number": purchase.number,
        "channel": "spree",
        "email": purchase.email,
        "currency": purchase.currency,
        "placed_on": written(purchase.completed_at) or "",
        "updated_at": written(purchase.updated_at),
        "status": purchase.state,
        "totals": {
            "item": number(purchase.subtotal),
            "adjustment": number(adjustment),
            "tax": number(purchase.tax),
            "shipping": number(shipping),
            "payment": number(purchase.paid),
            "order": number(purchase.total),
        },
        "line_items": [parts.line(line) for line in purchase.lines],
        "adjustments": [*_adjustments(purchase, is_old=is_old, flat=flat)],
        "shipping_address": parts.address(purchase.address),
        "billing_address": parts.address(purchase.address),
        "payments": parts.payments(purchase),
        "shipments": parts.shipments(purchase),
    }


def _adjustments(purchase: Purchase, *, is_old: bool, flat: bool) -> Iterator[dict[str, Any]]:
    if is_old:
        for shipment in purchase.shipments:
            yield {"name": "Shipping", "value": number(shipment.cost)}

    def is_listed(one: Adjustment) -> bool:
        if is_old:
            return one.kind is not Kind.INCLUDED_TAX
        return flat or one.on is None

    for one in purchase.adjustments:
        if one.eligible and is_listed(one):
            yield {"name": one.label, "value": number(one.amount)}


def _user(account: Account) -> dict[str, Any]:
    return {
        "id": account.user_id,
        "email": account.person.email,
        "created_at": written(account.created_at),
        "updated_at": written(account.updated_at),
        "bill_address": parts.address(account.person.address),
        "ship_address": None,
    }


def _message(
    change: Change, site: Site, payload: dict[str, Any], style: str, *, in_order: bool = False
) -> Message:
    kind = "user" if change.kind == "customer" else change.kind
    body = {
        "message": f"{kind}:{change.action}",
        "message_id": message_id(change, style),
        "payload": payload
        | {
            "parameters": [
                {"name": f"jirafe.{name}", "value": value}
                for name, value in site.parameters.items()
            ]
        },
    }
    return Message("/", body, subject(change), style, in_order)
