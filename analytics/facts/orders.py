"""Update an order by one more event, independent of the order in which its events arrive.

Each part of an order has the version of the event that it came from, and only a later version
replaces it. Repeated events change nothing.
"""

from typing import Any

from analytics.facts.products import categories_of, codes_of
from analytics.facts.values import (
    Reader,
    Row,
    amounts,
    changed_at,
    identity,
    objects,
    parsed,
    section,
    version,
    whole,
)
from analytics.feed import FeedEvent
from analytics.money import digits, minor, times

PLACED = "placed"
ACCEPTED = "accepted"
CANCELLED = "cancelled"

_SUMS = {
    "gross": "subtotal",
    "discounts": "total_discounts",
    "tax": "total_tax",
    "shipping": "total_shipping",
    "fees": "total_payment_cost",
    "total": "total",
}


def order_number(event: FeedEvent) -> str:
    """Return the key of an order; version 1 of the API calls it `id`."""
    return identity(event.event.get("order_number") or event.event.get("id"))


def new_order(site: str, number: str) -> Row:
    """Return an empty row for an order."""
    return {
        "site": site,
        "order_number": number,
        "status": PLACED,
        "ordered_at": None,
        "cancelled_at": None,
        "day": None,
        "currency": "",
        **dict.fromkeys((*_SUMS, "returned", "net", "units"), 0),
        **dict.fromkeys(("customer", "cart_id", "visit_id"), ""),
        **dict.fromkeys(
            (f"{part}_version" for part in (PLACED, ACCEPTED, "active", CANCELLED)), ""
        ),
    }


def order_after(order: Row, event: FeedEvent, read: Reader) -> Row:
    """Return the order after an event, with its items if they are the event's.

    Raise AmountError.
    """
    status = event.status or ACCEPTED  # version 1 of the API has no status
    changed = {PLACED: _placed, ACCEPTED: _accepted, CANCELLED: _cancelled}[status]
    after = order | changed(order, event, read)
    after["status"] = _status(after)
    after["day"] = read.day(after["ordered_at"] or after["cancelled_at"])
    return after


def change_of(order: Row, event: FeedEvent, read: Reader) -> Row:
    """Return the entry of an event in the ledger; raise AmountError.

    Only an acceptance has amounts; a cancellation removes the earlier ones.
    """
    changed = changed_at(event)
    row = {
        **{name: order[name] for name in ("site", "order_number")},
        "changed_at": changed,
        "status": event.status or ACCEPTED,
        "seq": event.seq,
        "day": read.day(changed),
        "currency": "",
        **dict.fromkeys(("total", "net", "units"), 0),
        "is_active": _is_active(event),
    }
    if row["status"] == ACCEPTED:
        is_newest = order["accepted_version"] == version(event)
        state = order if is_newest else _amounts_of(event, read)
        row |= {name: state[name] for name in ("currency", "total", "net", "units")}
    return row


def _placed(order: Row, event: FeedEvent, read: Reader) -> Row:
    after = _links(order, event)
    own = version(event)
    if own >= order["placed_version"]:
        after["placed_version"] = own
        if not order["accepted_version"]:
            after |= _buyer(order, event, read)
    return after


def _accepted(order: Row, event: FeedEvent, read: Reader) -> Row:
    after = _links(order, event)
    own = version(event)
    if _is_active(event):
        after["active_version"] = max(order["active_version"], own)
    if own >= order["accepted_version"]:
        after |= {"accepted_version": own, **_buyer(order, event, read), **_amounts_of(event, read)}
    return after


def _cancelled(order: Row, event: FeedEvent, read: Reader) -> Row:  # noqa: ARG001
    own, known = version(event), order["cancelled_version"]
    moment, seq = own.rsplit(" ", 1)
    known_moment, _, known_seq = known.rpartition(" ")
    # Of several cancellations with the same date, the first counts; the others repeat it.
    if not known or moment > known_moment or (moment == known_moment and seq <= known_seq):
        return {"cancelled_version": own, "cancelled_at": changed_at(event)}
    return {}


def _status(order: Row) -> str:
    """Return the status: only a newer acceptance with an active item undoes a cancellation."""
    if order["cancelled_version"] > order["active_version"]:
        return CANCELLED
    return ACCEPTED if order["accepted_version"] else PLACED


def _links(order: Row, event: FeedEvent) -> Row:
    """Return the cart and the visit of an order, which never change once they are known.

    If events disagree, the larger id is used, so that the order of arrival does not matter.
    """
    visit = identity(section(event.event, "visit").get("visit_id"))
    cart = identity(event.event.get("cart_id"))
    return {"cart_id": max(order["cart_id"], cart), "visit_id": max(order["visit_id"], visit)}


def _buyer(order: Row, event: FeedEvent, read: Reader) -> Row:
    ordered = parsed(event.event.get("order_date")) or changed_at(event)
    return {
        "ordered_at": ordered,
        "customer": read.customer(event.event) or order["customer"],
    }


def _amounts_of(event: FeedEvent, read: Reader) -> Row:
    currency = read.currency(event.event.get("currency"))
    sums = dict(zip(_SUMS, amounts(event.event, currency, _SUMS.values()), strict=True))
    items = [
        _item(line, item, currency) for line, item in enumerate(objects(event.event, "items"), 1)
    ]
    returned = sum(_worth(item) for item in items if item["is_cancelled"])
    return {
        "currency": currency,
        **sums,
        "returned": returned,
        "net": sums["gross"] - sums["discounts"] - returned,
        "units": sum(item["quantity"] for item in items if not item["is_cancelled"]),
        "items": items,
    }


def _worth(item: Row) -> int:
    worth: int = item["net"] + item["discount"]
    return worth


def _item(line: int, item: dict[str, Any], currency: str) -> Row:
    product = section(item, "product")
    code, sku = codes_of(product)
    places = digits(currency)
    # Multiply before rounding, because prices may have more digits than the currency.
    quantity = whole(item.get("quantity"))
    price = item.get("price", product.get("price"))
    worth = minor(times(price, quantity), places)
    discount = minor(item.get("discount_price"), places)
    return {
        "line": line,
        "product": code,
        "sku": sku,
        "quantity": quantity,
        "price": minor(price, places),
        "discount": discount,
        "net": worth - discount,
        "is_cancelled": _is_cancelled(item),
        "categories": list(categories_of(product)),
    }


def _is_active(event: FeedEvent) -> bool:
    """Return whether the order has an item that is not cancelled."""
    return any(not _is_cancelled(item) for item in objects(event.event, "items"))


def _is_cancelled(item: dict[str, Any]) -> bool:
    return item.get("status") == CANCELLED
