"""Update a visit by one more event from a browser, independent of the order of arrival."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from analytics.facts.channels import channel, columns
from analytics.facts.values import Reader, Row, identity, label, section, seen_at
from analytics.feed import FeedEvent

KINDS = frozenset(
    {"visit", "pageview", "add_to_cart", "remove_from_cart", "edit_cart", "order_success", "funnel"}
)

_CART_PAGES = frozenset({"cart", "checkout", "order_confirm", "order_success"})
_CART_KINDS = frozenset({"add_to_cart", "remove_from_cart", "edit_cart", "order_success"})
_ADDRESS = re.compile(r"\S@\S")


class Seen(NamedTuple):
    """An event from a browser, as far as every use of it needs."""

    event: FeedEvent
    visit_id: str
    visit: dict[str, Any]
    page: dict[str, Any]
    at: datetime


def seen(event: FeedEvent) -> Seen:
    """Return what an event says; its visit is "" if it has none."""
    body = event.event
    visit = section(body, "visit")
    page = section(body, "pageview") or body
    return Seen(event, identity(visit.get("id")), visit, page, seen_at(event))


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


def visit_after(visit: Row, one: Seen, read: Reader) -> Row:
    """Return the visit after an event: its start, and the steps that it reached."""
    after = visit.copy()
    visitor = one.visit.get("visitor")
    if visitor != visit["visitor"]:
        after["visitor"] = max(visit["visitor"], identity(visitor))
    if visit["started_at"] is None or one.at < visit["started_at"]:
        after["started_at"], after["day"] = one.at, read.day(one.at)
    kind, page_type = one.event.kind, one.page.get("page_type")
    if page_type == "product":
        after["saw_product"] = True
    if page_type in _CART_PAGES or kind in _CART_KINDS:
        after["saw_cart"] = True
    if kind == "pageview" and not visit["has_pages"]:
        _add_page(after, one.event)
    _set_origin(after, one)
    return after


def names_on(page: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the kind, code and name of the product and the category on a page."""
    product, category = section(page, "product"), section(page, "category")
    if code := identity(product.get("product_code") or product.get("sku_code")):
        yield "product", code, label(product.get("name"))
    if code := identity(category.get("id")):
        yield "category", code, label(category.get("name"))


def search_in(one: Seen, read: Reader) -> Row | None:
    """Return the search of a pageview, or None; e-mail addresses are not stored."""
    search = section(one.page, "search")
    term = search and label(search.get("term")).lower()
    if not term:
        return None
    return {
        "site": read.site.site,
        "visit_id": one.visit_id,
        "term": "(an e-mail address)" if _ADDRESS.search(term) else term,
        "searched_at": one.at,
        "day": read.day(one.at),
        "found_nothing": search.get("total_results") == 0,
    }


def _set_origin(visit: Row, one: Seen) -> None:
    """Set the channel: that of the visit's own event, or else of its first tagged pageview."""
    if one.event.kind == "visit":
        tags, rules = one.visit.get("tag_attribution"), one.visit.get("rule_attribution")
        path, rank = channel(tags, rules), "0"
    else:
        tags = one.page.get("attribution")
        path, rank = channel(tags, None) if tags else [], "1"
    if not path:
        return
    own = f"{rank} {one.at.isoformat()} {one.event.seq:019d}"
    if not visit["channel_version"] or own <= visit["channel_version"]:
        visit |= {"channel_version": own, **columns(path)}


def _add_page(visit: Row, event: FeedEvent) -> None:
    """Record whether there was more than one page; a repeated pageview is the same page."""
    page = identity(section(event.event, "page").get("page_id")) or f"#{event.seq}"
    if not visit["first_page"]:
        visit["first_page"] = page
    elif page != visit["first_page"]:
        visit["has_pages"] = True
