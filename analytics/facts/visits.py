"""Update a visit by one more event from a browser, independent of the order of arrival."""

import re
from datetime import datetime
from typing import Any

from analytics.facts.channels import channel, columns
from analytics.facts.values import Reader, Row, identity, label, section, seen_at
from analytics.feed import FeedEvent

KINDS = frozenset(
    {"visit", "pageview", "add_to_cart", "remove_from_cart", "edit_cart", "order_success", "funnel"}
)

_CART_PAGES = frozenset({"cart", "checkout", "order_confirm", "order_success"})
_CART_KINDS = frozenset({"add_to_cart", "remove_from_cart", "edit_cart", "order_success"})
_ADDRESS = re.compile(r"\S@\S")


def visit_key(event: FeedEvent) -> str:
    """Return the key of an event's visit."""
    return identity(section(event.event, "visit").get("id"))


def new_visit(site: str, visit_id: str) -> Row:
    """Return an empty row for a visit."""
    return {
        "site": site,
        "visit_id": visit_id,
        "visitor": "",
        "started_at": None,
        "day": None,
        **columns([]),
        "channel_version": "",
        "first_page": "",
        "has_pages": False,
        "saw_product": False,
        "saw_cart": False,
        "has_cart": False,
        "has_order": False,
    }


def visit_after(visit: Row, event: FeedEvent, read: Reader) -> Row:
    """Return the visit after an event: its start, and the steps that it reached."""
    seen, page = seen_at(event), _page(event)
    after = visit.copy()
    visitor = section(event.event, "visit").get("visitor")
    if visitor != visit["visitor"]:
        after["visitor"] = max(visit["visitor"], identity(visitor))
    if visit["started_at"] is None or seen < visit["started_at"]:
        after["started_at"], after["day"] = seen, read.day(seen)
    page_type = page.get("page_type")
    if page_type == "product":
        after["saw_product"] = True
    if page_type in _CART_PAGES or event.kind in _CART_KINDS:
        after["saw_cart"] = True
    if event.kind == "pageview":
        _add_page(after, event)
    _set_origin(after, event, page, seen)
    return after


def seen_in(event: FeedEvent) -> dict[tuple[str, str], str]:
    """Return the names of the product and categories on a page, by kind and key."""
    page = _page(event)
    found = {}
    if product := section(page, "product"):
        code = identity(product.get("product_code") or product.get("sku_code"))
        found["product", code] = label(product.get("name"))
    if category := section(page, "category"):
        found["category", identity(category.get("id"))] = label(category.get("name"))
    return {key: name for key, name in found.items() if key[1]}


def search_in(event: FeedEvent, read: Reader) -> Row | None:
    """Return the search of a pageview, or None; e-mail addresses are not stored."""
    search = section(_page(event), "search")
    term = search and label(search.get("term")).lower()
    if not term:
        return None
    seen = seen_at(event)
    return {
        "visit_id": visit_key(event),
        "term": "(an e-mail address)" if _ADDRESS.search(term) else term,
        "searched_at": seen,
        "day": read.day(seen),
        "found_nothing": search.get("total_results") == 0,
    }


def _page(event: FeedEvent) -> dict[str, Any]:
    return section(event.event, "pageview") or event.event


def _set_origin(visit: Row, event: FeedEvent, page: dict[str, Any], seen: datetime) -> None:
    """Set the channel: that of the visit's own event, or else of its first tagged pageview."""
    if event.kind == "visit":
        body, rank = section(event.event, "visit"), "0"
        path = channel(body.get("tag_attribution"), body.get("rule_attribution"))
    else:
        tags = page.get("attribution")
        path, rank = channel(tags, None) if tags else [], "1"
    if not path:
        return
    own = f"{rank} {seen.isoformat()} {event.seq:019d}"
    if not visit["channel_version"] or own <= visit["channel_version"]:
        visit |= {"channel_version": own, **columns(path)}


def _add_page(visit: Row, event: FeedEvent) -> None:
    """Record whether there was more than one page; a repeated pageview is the same page."""
    page = identity(section(event.event, "page").get("page_id")) or f"#{event.seq}"
    if not visit["first_page"]:
        visit["first_page"] = page
    elif page != visit["first_page"]:
        visit["has_pages"] = True
