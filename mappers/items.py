"""The items of a cart or an order, one per line item."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from mappers.errors import MissingFieldError
from mappers.output import first, number, timestamp
from mappers.products import item_product

_NOTHING = frozenset({type(None), tuple, list, dict})  # whose empty values tell nothing

Line = dict[str, Any]
Item = dict[str, Any]


def join(lines: list[Line], others: Iterable[Line]) -> list[Line]:
    """Return the lines, each filled up from the other rendering's line of the same variant.

    Lines belong together by variant_id, else by sku. Several lines of one variant are paired
    in their order.
    """
    by_key: defaultdict[tuple[str, str], deque[Line]] = defaultdict(deque)
    for other in others:
        for key in _keys(other):
            by_key[key].append(other)
    paired: set[int] = set()
    return [_filled(line, _partner(line, by_key, paired)) for line in lines]


def items(
    lines: list[Line], path: str, dates: tuple[datetime, datetime], parameters: Mapping[str, str]
) -> list[Item]:
    """Return what carts and orders share of the items of their line items.

    `path` names the lines in errors, `dates` are the cart's or order's create and change date.
    Raises MissingFieldError for a line without id, quantity or price.
    """
    return [_item(line, f"{path}.{line['place']}", dates, parameters) for line in lines]


def cart_items(items: list[Item]) -> list[Item]:
    """Return the items as a cart event has them, counted from "1"."""
    return [
        {"cart_item_number": str(position), **item} for position, item in enumerate(items, start=1)
    ]


def order_items(items: list[Item], status: str) -> list[Item]:
    """Return the items as an order event has them, counted from "1", all in one status."""
    return [
        {"order_item_number": str(position), "status": status, **item}
        for position, item in enumerate(items, start=1)
    ]


def price(line: Mapping[str, Any]) -> Decimal | None:
    """Return the line's unit price, never below 0; None where it has none."""
    variant = line["variant"] or {}
    unit = first(line["price"], variant.get("price"))
    return None if unit is None else max(unit, Decimal(0))


def discount(adjustments: Iterable[Mapping[str, Any]]) -> Decimal:
    """Return the sum of the negative adjustments that apply, as a positive amount."""
    amounts = (first(a["amount"], a["value"]) for a in adjustments if a["eligible"] is not False)
    return -sum((amount for amount in amounts if amount and amount < 0), Decimal(0))


def _item(
    line: Line, path: str, dates: tuple[datetime, datetime], parameters: Mapping[str, str]
) -> Item:
    sku = (line["variant"] or {}).get("sku")
    identifier = first(line["id"], line["variant_id"], line["sku"], sku, line["product_id"])
    required = {"id": identifier, "quantity": line["quantity"], "price": price(line)}
    for name, value in required.items():
        if value is None:
            raise MissingFieldError(f"{path}.{name}")
    changed = first(line["updated_at"], dates[1])
    created = min(first(line["created_at"], dates[0]), changed)
    return {
        "id": identifier,
        "create_date": timestamp(created),
        "change_date": timestamp(changed),
        "quantity": line["quantity"],
        "price": number(required["price"]),
        "discount_price": number(discount(line["adjustments"])),
        "product": item_product(line, (created, changed), parameters),
    }


def _keys(line: Line) -> list[tuple[str, str]]:
    variant = line["variant"] or {}
    variant_id = first(line["variant_id"], variant.get("id"))
    sku = first(line["sku"], variant.get("sku"))
    return [(k, v) for k, v in (("variant", variant_id), ("sku", sku)) if v is not None]


def _partner(line: Line, by_key: Mapping[tuple[str, str], deque[Line]], paired: set[int]) -> Line:
    """Return the next line of the same variant; the last one serves all that are left over."""
    for key in _keys(line):
        others = by_key.get(key)
        while others and len(others) > 1 and others[0]["place"] in paired:
            others.popleft()
        if others:
            paired.add(others[0]["place"])
            return others[0]
    return {}


def _filled(line: Line, partner: Line) -> Line:
    return {
        key: partner.get(key, value) if not value and type(value) in _NOTHING else value
        for key, value in line.items()
    }
