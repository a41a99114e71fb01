"""The ids of events' objects: the same variant, buyer or line has the same id in every message.

The id of what is sold is its SKU, or else the SKU remembered for its variant, the variant's id, or
its name. Line items, variants and products have separate sequences of ids, so the id of one is
never used for another.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from mappers.events import Key, Memory, first
from mappers.problems import missing
from mappers.reading.catalog import Product, SoldVariant, Variant, WholeProduct
from mappers.reading.orders import LineItem, Order
from mappers.reading.values import slug

UNKNOWN = "unknown"
"""The id of a product sold without SKU, variant or name."""

_NO_VARIANT = SoldVariant()
_NO_PRODUCT = Product()


def number(name: str, hub: Order, original: Order) -> str:
    """Return the number of an order or a cart. Raise MappingError if there is none."""
    found: str | None = first(hub.number, original.number, hub.id)
    if found is None:
        raise missing(f"{name}.number")
    return found


class Line(Struct, frozen=True, gc=False):
    """A line item and what it sells; `variant` and `product` are empty if the item has none.

    `sku` is the SKU sold, or None if the message does not have it. `is_master` is whether the
    product itself is sold, or None if the message does not say. `price` is never below 0.
    """

    item: LineItem
    quantity: int
    price: Decimal
    variant: SoldVariant
    variant_id: str | None
    product: Product
    sku: str | None
    is_master: bool | None
    has_variants: bool

    @property
    def is_bare(self) -> bool:
        """Whether the message has neither the variant nor the product."""
        return self.variant is _NO_VARIANT and self.product is _NO_PRODUCT


def line(item: LineItem, quantity: int, price: Decimal) -> Line:
    """Return the line of an item.

    In webhooks, which have no SKU and no variant, `product_id` is the SKU.
    """
    variant = item.variant or _NO_VARIANT
    product = variant.product or item.product or _NO_PRODUCT
    variant_id = variant.id if item.variant_id is None else item.variant_id
    master, several = is_master(variant), has_variants(product)
    sku = variant.sku if item.sku is None else item.sku
    if sku is None and master is not False and not several:
        sku = product.sku
    if sku is None and variant_id is None:
        sku = item.product_id
    return Line(item, quantity, price, variant, variant_id, product, sku, master, several)


def is_master(variant: Variant) -> bool | None:
    """Whether a variant is the product itself, or None if it does not say.

    A variant with options is one of several, unless it has a SKU to compare.
    """
    if variant.is_master is None and variant.sku is None:
        return False if variant.options or variant.option_values else None
    return variant.is_master


def sold_id(line: Line, memory: Memory) -> str:
    """Return the id of what was sold."""
    sku = line.sku
    if line.is_master and line.has_variants:  # sold as the group
        sku = first(whole_id(line), sku)
    if sku is not None:
        return sku
    name: str | None = first(line.item.name, line.variant.name, line.product.name)
    return _by_variant(line.variant_id, memory) or _by_options(name, line.variant)


def whole_id(line: Line) -> str | None:
    """Return the id of the product that groups the variant sold."""
    has_sku = line.item.sku is not None or line.variant.sku is not None
    own = line.item.product_id if has_sku else None
    found: str | None = first(line.product.id, line.variant.product_id, own, line.product.sku)
    return found


def group_id(product: WholeProduct, master: Variant) -> str | None:
    """Return the id of a product that groups variants, from a product message."""
    found: str | None = first(product.id, master.product_id, product.sku, master.sku)
    return found


def simple_id(product: WholeProduct, master: Variant, memory: Memory) -> str:
    """Return the id of a product without variants, from a product message."""
    sku: str | None = first(product.sku, master.sku)
    if sku is None:
        sku = _by_variant(master.id, memory) or product.id
    return sku if sku is not None else _by_name(first(product.name, master.name))


def own_id(variant: Variant, product: WholeProduct, memory: Memory) -> str:
    """Return the id of one of a product's variants, from a product message."""
    if variant.sku is not None:
        return variant.sku
    name = variant.name or product.name or product.id
    return _by_variant(variant.id, memory) or _by_options(name, variant)


def has_variants(product: Product) -> bool:
    """Whether a product groups variants, as far as is known."""
    if product.has_variants:
        return True
    return isinstance(product.variants, list) and len(product.variants) > 1


def customer_id(
    account: str | None, email: str | None, memory: Memory, last: Mapping[str, Any] | None
) -> str | None:
    """Return the id of a buyer: the account, or else the account of the address, or the address.

    `last` is the customer of the order or cart as last sent. Return None if nothing is known.
    """
    if account is not None or email is None:
        return account
    if remembered := memory.get(email_key(email)):
        return str(remembered["id"])
    if last and (last.get("email") or "").lower() == email.lower():
        return str(last["id"])
    return email.lower()


def email_key(email: str) -> Key:
    """Return the key of the fact about an e-mail address."""
    return Key("email", email.lower())


def item_ids(
    lines: Sequence[Line], products: Sequence[str], last: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """Yield the id of each line's item: the line's own, or else the one last sent for its product.

    Without either, it is the product's id; the second and third item of a product get -2 and -3.
    """
    used = {line.item.id for line in lines if line.item.id is not None}
    before: dict[str, list[str]] = {}
    for item in last:
        before.setdefault(item["product"]["id"], []).append(item["id"])
    for line, product in zip(lines, products, strict=True):
        if line.item.id is not None:
            yield line.item.id
            continue
        candidates = before.get(product, [])
        found = next((one for one in candidates if one not in used), None)
        found = found or next(one for one in _numbered(product) if one not in used)
        used.add(found)
        yield found


def _numbered(product: str) -> Iterator[str]:
    yield product
    place = 2
    while True:
        yield f"{product}-{place}"
        place += 1


def _by_variant(variant: str | None, memory: Memory) -> str | None:
    if variant is None:
        return None
    return memory.get(Key("variant", variant)) or f"variant-{variant}"


def _by_options(name: str | None, variant: Variant) -> str:
    """Return the id of a variant that is known only by its name and its options."""
    values = [*(variant.options or {}).values(), *(o.value for o in variant.option_values or ())]
    return _by_name(" ".join(filter(None, [name, *values])))


def _by_name(name: str | None) -> str:
    return (slug(name) if name else "") or UNKNOWN
