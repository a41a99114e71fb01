"""Update a cart by one more event, independent of the order in which its events arrive."""

from analytics.facts.values import (
    Reader,
    Row,
    changed_at,
    identity,
    objects,
    parsed,
    section,
    version,
    whole,
)
from analytics.feed import FeedEvent
from analytics.money import digits, minor


def cart_key(event: FeedEvent) -> str:
    """Return the key of a cart."""
    return identity(event.event.get("id"))


def new_cart(site: str, cart_id: str) -> Row:
    """Return an empty row for a cart."""
    return {
        "site": site,
        "cart_id": cart_id,
        "created_at": None,
        "changed_at": None,
        "day": None,
        "currency": "",
        "total": 0,
        "units": 0,
        "was_filled": False,
        "customer": "",
        "visit_id": "",
        "version": "",
        "has_order": False,
    }


def cart_after(cart: Row, event: FeedEvent, read: Reader) -> Row:
    """Return the cart after an event: the newest state, and whether it ever had an item.

    Raise AmountError.
    """
    body = event.event
    items = objects(body, "items")
    visit = identity(section(body, "visit").get("visit_id"))
    is_filled = bool(items or objects(body, "previous_items"))
    after = cart | {
        "was_filled": cart["was_filled"] or is_filled,
        "visit_id": max(cart["visit_id"], visit),
    }
    own = version(event)
    if own < cart["version"]:
        return after
    changed = changed_at(event)
    created = parsed(body.get("create_date")) or changed
    currency = read.currency(body.get("currency"))
    return after | {
        "version": own,
        "created_at": created,
        "changed_at": changed,
        "day": read.day(created),
        "currency": currency,
        "total": minor(body.get("total"), digits(currency)),
        "units": sum(whole(item.get("quantity", 1)) for item in items),
        "customer": read.customer(body) or cart["customer"],
    }
