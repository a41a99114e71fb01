"""What two renderings of one order must agree on."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from spree.messages import HubMessage
from tests.spree.fake_spree.formats import hub
from tests.spree.fake_spree.records import Order

ALL = frozenset(
    {
        "number",
        "state",
        "currency",
        "email",
        "sums",
        "surcharges",
        "lines",
        "customer",
        "created_at",
        "updated_at",
        "completed_at",
        "canceled_at",
        "addressee",
    }
)
_CARTS = frozenset({"cart", "address", "delivery", "payment", "confirm"})


def expected(order: Order, names: frozenset[str] = ALL) -> dict[str, Any]:
    """Return the named essentials of an order, as the shop's hub integration renders it."""
    rendered = hub.order(order)
    totals, (discount, _, _) = rendered["totals"], rendered["adjustments"]
    amounts = [totals[name] for name in ("item", "tax", "shipping")]
    address = order.bill_address
    essentials = {
        "number": rendered["id"],
        "state": _state(rendered["status"]),
        "currency": rendered["currency"],
        "email": rendered["email"],
        "sums": [Decimal(str(one)) for one in (*amounts, -discount["value"], totals["order"])],
        "surcharges": order.by_hand,
        "lines": [
            (line["product_id"], line["name"], line["quantity"], Decimal(str(line["price"])))
            for line in rendered["line_items"]
        ],
        "customer": str(order.customer.id) if order.customer else None,
        "created_at": _second(order.created_at.isoformat()),
        "updated_at": _second(rendered["updated_at"]),
        "completed_at": _second(rendered["placed_on"]),
        "canceled_at": _canceled_at(rendered["status"], order.canceled_at),
        "addressee": address
        and (f"{address.first_name} {address.last_name}", address.zipcode, address.country[0]),
    }
    return {name: value for name, value in essentials.items() if name in names}


def essentials(
    message: HubMessage, names: frozenset[str] = ALL, skus: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the named essentials of a hub message; `skus` are remembered by variant id."""
    order = message.payload["original"]
    address = order.get("bill_address")
    essentials = {
        "number": order["number"],
        "state": _state(order["state"]),
        "currency": order["currency"],
        "email": order.get("email"),
        "sums": [
            *(Decimal(order[name]) for name in ("item_total", "tax_total", "ship_total")),
            -sum((one for one in _adjustments(order) if one < 0), Decimal(0)),
            Decimal(order["total"]),
        ],
        "surcharges": sum((one for one in _adjustments(order) if one > 0), Decimal(0)),
        "lines": [_line(line, skus or {}) for line in order.get("line_items", [])],
        "customer": order.get("user_id"),
        **{name: _second(order.get(name)) for name in ("created_at", "updated_at", "completed_at")},
        "canceled_at": _canceled_at(order["state"], _parsed(order.get("canceled_at"))),
        "addressee": address
        and (
            address.get("name") or f"{address['firstname']} {address['lastname']}",
            address["zipcode"],
            address.get("country", {}).get("iso"),
        ),
    }
    return {name: value for name, value in essentials.items() if name in names}


def _adjustments(order: Mapping[str, Any]) -> list[Decimal]:
    """Return the amounts of all adjustments that apply, wherever they are, taxes aside."""
    parts = [order, *order.get("line_items", []), *order.get("shipments", [])]
    adjustments = [one for part in parts for one in part.get("adjustments", [])]
    return [
        Decimal(one["amount"])
        for one in adjustments
        if one.get("eligible") is not False and one.get("source_type") != "Spree::TaxRate"
    ]


def _line(line: Mapping[str, Any], skus: Mapping[str, str]) -> tuple[Any, ...]:
    variant = line.get("variant", {})
    sku = variant.get("sku") or skus.get(line["variant_id"])
    return sku, variant.get("name"), line["quantity"], Decimal(line["price"])


def _state(state: str) -> str:
    return "cart" if state in _CARTS else state


def _canceled_at(state: str, moment: datetime | None) -> datetime | None:
    """Return when a canceled order was canceled; a resumed one may still have the date."""
    return moment.replace(microsecond=0) if moment and state == "canceled" else None


def _second(text: str | None) -> datetime | None:
    moment = _parsed(text)
    return moment and moment.replace(microsecond=0)


def _parsed(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
