"""Map line items to the items of carts and orders."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import astuple

from mappers import identity
from mappers.dates import Clock
from mappers.events import Memory
from mappers.identity import Line
from mappers.problems import MISSING, MappingError
from mappers.products import item_product
from mappers.purchases.adjustments import adjusted
from mappers.purchases.sums import number
from mappers.reading.catalog import SoldVariant
from mappers.reading.orders import Adjustment, LineItem
from mappers.reading.values import LARGEST, OUT_OF_RANGE

Item = dict[str, Any]

_ZERO = Decimal(0)
_BLANK = LineItem()
_NO_VARIANT = SoldVariant()
_FIELDS = LineItem.__struct_fields__


def joined(rows: Sequence[LineItem], others: Iterable[LineItem], path: str) -> list[Line]:
    """Return the lines, each completed from the same line in the other rendering.

    Lines match by variant, or else by SKU; several of one variant match in their order. Empty rows
    are dropped. Raise MappingError, with the `path`, for lines without quantity or price.
    """
    by_key: defaultdict[tuple[str, str], deque[LineItem]] = defaultdict(deque)
    for other in others:
        for key in _keys(other):
            by_key[key].append(other)
    paired: set[int] = set()
    lines: list[Line] = []
    errors: dict[str, list[str]] = {}
    for place, row in enumerate(rows):
        if row == _BLANK:
            continue
        if by_key and (partner := _partner(row, by_key, paired)):
            _complete(row, partner)
        unit = row.variant.price if row.price is None and row.variant else row.price
        errors |= {f"{path}.{place}.{name}": [why] for name, why in _problems(row.quantity, unit)}
        if row.quantity is not None and unit is not None:
            lines.append(_line(row, row.quantity, unit))
    if errors:
        raise MappingError(errors)
    return lines


def _problems(quantity: int | None, unit: Decimal | None) -> Iterator[tuple[str, str]]:
    if quantity is None:
        yield "quantity", MISSING
    if unit is None:
        yield "price", MISSING
    elif unit < 0 and (quantity or 0) * unit < -LARGEST:
        yield "price", OUT_OF_RANGE


def _line(row: LineItem, quantity: int, unit: Decimal) -> Line:
    """Return the line of a row. A negative price is a discount, so the line's price is 0."""
    if unit < 0 and quantity > 0:
        reduction = Adjustment(label="discount")
        reduction.amount = quantity * unit
        row.adjustments = [*(row.adjustments or ()), reduction]
    return identity.line(row, quantity, max(unit, _ZERO))


def items(
    lines: Sequence[Line],
    dates: tuple[str, str],
    parameters: Mapping[str, str],
    clock: Clock,
    memory: Memory,
    last: Sequence[Item],
) -> list[Item]:
    """Return the items with the fields that carts and orders share.

    `dates` are the create and change date of the cart or order, `last` the items last sent.
    """
    products = [identity.sold_id(line, memory) for line in lines]
    ids = identity.item_ids(lines, products, last)
    before = {item["product"]["id"]: item["product"] for item in last}
    return [
        _item(line, own, product, dates, parameters, clock, memory, before.get(product))
        for line, own, product in zip(lines, ids, products, strict=True)
    ]


def cart_items(shared: Iterable[Item]) -> list[Item]:
    """Return the items for a cart event, numbered from "1"."""
    return [{"cart_item_number": str(place), **one} for place, one in enumerate(shared, start=1)]


def order_items(shared: Iterable[Item], status: str) -> list[Item]:
    """Return the items for an order event, numbered from "1", all with one status."""
    return [
        {"order_item_number": str(place), "status": status, **one}
        for place, one in enumerate(shared, start=1)
    ]


def _item(
    line: Line,
    its_id: str,
    product: str,
    dates: tuple[str, str],
    parameters: Mapping[str, str],
    clock: Clock,
    memory: Memory,
    last_product: Item | None,
) -> Item:
    item = line.item
    changed = dates[1] if item.updated_at is None else clock.clamped(item.updated_at)
    created = min(item.created_at or dates[0], changed)
    when = {"create_date": created, "change_date": changed}
    described = item_product(line, product, when, parameters, memory)
    return {
        "id": its_id,
        **when,
        "quantity": line.quantity,
        "price": number(line.price),
        "discount_price": number(adjusted(item.adjustments).discounts) if item.adjustments else 0,
        "product": _completed(described, line, last_product) if last_product else described,
    }


def _completed(product: Item, line: Line, last: Item) -> Item:
    """Return the product, completed from an earlier event of the same order.

    A line without its variant lacks the product's base product and dates.
    """
    if line.is_bare:
        kept = ("is_product", "is_sku", "base_product", "create_date", "change_date")
        return {**last, **product, **{key: last[key] for key in kept if key in last}}
    return {**last, **product} if product["is_product"] is last["is_product"] else product


def _keys(row: LineItem) -> Iterator[tuple[str, str]]:
    variant = row.variant or _NO_VARIANT
    if found := row.variant_id or variant.id:
        yield "variant", found
    if found := row.sku or variant.sku:
        yield "sku", found


def _partner(
    line: LineItem, by_key: Mapping[tuple[str, str], deque[LineItem]], paired: set[int]
) -> LineItem | None:
    """Return the next line of the same variant; the last one is used for all that remain."""
    for key in _keys(line):
        others = by_key.get(key)
        while others and len(others) > 1 and id(others[0]) in paired:
            others.popleft()
        if others:
            paired.add(id(others[0]))
            return others[0]
    return None


def _complete(line: LineItem, partner: LineItem) -> None:
    for name, value, other in zip(_FIELDS, astuple(line), astuple(partner), strict=True):
        if other is not None and (value is None or value in ([], {})):
            setattr(line, name, other)
