"""The names of products, SKUs and categories, and the costs of SKUs."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from analytics.facts.values import Reader, Row, identity, label, objects, parsed, section, version
from analytics.feed import FeedEvent
from analytics.money import COST_DIGITS, minor

BY_ID = "id:"
"""The prefix of the code of a product that is known only by its id."""


KINDS = ("product", "sku", "category", "id")
"""What has a name; an id is that of a product."""


class Named(NamedTuple):
    """A product, SKU or category, and the product that a SKU or an id belongs to."""

    kind: str
    code: str
    name: str
    product: str = ""


def codes_of(product: dict[str, Any]) -> tuple[str, str]:
    """Return the codes of a product's page, and of the SKU sold.

    Orders may only have a product's id. Its code is then marked, because the catalog has the real
    one.
    """
    base = section(product, "base_product")
    sku = identity(product.get("code") or product.get("sku") or product.get("id"))
    return identity(base.get("code")) or _by_id(base) or sku, sku


def categories_of(product: dict[str, Any]) -> dict[str, str]:
    """Return the names of a product's categories by their keys."""
    categories = objects(product, "categories")
    named = {identity(one.get("id")): label(one.get("name")) for one in categories}
    named.pop("", None)
    return named


def names_in(event: FeedEvent) -> Iterator[Named]:
    """Yield the named products, SKUs and categories of an event."""
    if event.kind == "category":
        yield Named("category", identity(event.event.get("id")), label(event.event.get("name")))
    elif event.kind == "product":
        yield from _named(event.event)
    else:
        for item in objects(event.event, "items"):
            yield from _named(section(item, "product"))


def cost_of(event: FeedEvent, read: Reader) -> Row | None:
    """Return the cost of a SKU from a day on, or None without a date; raise AmountError."""
    body = event.event
    day = _date(body.get("effective_date"), read)
    if day is None:
        return None
    return {
        "site": event.site,
        "sku": identity(body.get("sku_code")),
        "day": day,
        "cost": minor(body.get("sku_cost"), COST_DIGITS),
        "version": version(event),
    }


def _named(product: dict[str, Any]) -> Iterator[Named]:
    code, sku = codes_of(product)
    name = label(product.get("name"))
    base_name = label(section(product, "base_product").get("name"))
    yield Named("sku", sku, name, code)
    whole = section(product, "base_product") or product
    if whole.get("code") and (own_id := _by_id(whole)):
        yield Named("id", own_id, base_name or name or code, code)
    if code.startswith(BY_ID):
        yield Named("product", code, base_name or name or code)
    elif base_name or code == sku:
        yield Named("product", code, base_name or name)
    for category, category_name in categories_of(product).items():
        yield Named("category", category, category_name)


def _by_id(product: dict[str, Any]) -> str:
    own_id = identity(product.get("id"))
    return own_id and identity(f"{BY_ID}{own_id}")


def _date(value: Any, read: Reader) -> date | None:
    """Return the local date of a time, or a date unchanged."""
    moment = parsed(value)
    if moment is None:
        return None
    is_date = len(value) == len("2026-01-31")
    return moment.date() if is_date else read.day(moment)
