"""What things go by. The one place: the same variant, buyer or line has the same id everywhere.

What is sold goes by its SKU, else by the SKU remembered for its variant, else by the variant's
number, else by its name. Line items, variants and products are numbered apart, so the number of
one never stands for another.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mappers.events import Key, Memory, first
from mappers.problems import missing
from mappers.reading.catalog import Product, SoldVariant, Variant, WholeProduct
from mappers.reading.orders import LineItem, Order
from mappers.reading.values import slug

UNKNOWN = "unknown"
"""The id of what was sold without SKU, variant or name."""

_NO_VARIANT = SoldVariant()
_NO_PRODUCT = Product()


def number(name: str, hub: Order, original: Order) -> str:
    """Return the number of an order or a cart. Raises MappingError without one."""
    found: str | None = first(hub.number, original.number, hub.id)
    if found is None:
        raise missing(f"{name}.number")
    return found


def variant_of(line: LineItem) -> SoldVariant:
    """Return the variant of a line item, an empty one if it has none."""
    return line.variant or _NO_VARIANT


def product_of(line: LineItem) -> Product:
    """Return the product of a line item, an empty one if it has none."""
    return variant_of(line).product or line.product or _NO_PRODUCT


def sku_of_line(line: LineItem) -> str | None:
    """Return the SKU of what was sold, None if the message does not name it.

    In the dialect without SKU and variant, `product_id` is the SKU.
    """
    variant, product = variant_of(line), product_of(line)
    own: str | None = first(line.sku, variant.sku)
    if own is None and is_master(variant) is not False and not has_variants(product):
        own = product.sku
    if own is None and variant_id(line) is None:
        own = line.product_id
    return own


def is_master(variant: Variant) -> bool | None:
    """Whether a variant is the product itself, None if it does not say.

    Options of its own make it one of several, unless it has a SKU to compare.
    """
    if variant.is_master is None and variant.sku is None:
        return False if variant.options or variant.option_values else None
    return variant.is_master


def variant_id(line: LineItem) -> str | None:
    """Return the number of the variant that was sold."""
    return line.variant_id if line.variant_id is not None else variant_of(line).id


def sold_id(line: LineItem, memory: Memory) -> str:
    """Return the id of what was sold."""
    name: str | None = first(line.name, variant_of(line).name, product_of(line).name)
    sku = sku_of_line(line)
    if variant_of(line).is_master and has_variants(product_of(line)):  # sold as the group
        sku = first(whole_id(line), sku)
    if sku is not None:
        return sku
    return _by_variant(variant_id(line), memory) or _by_options(name, variant_of(line))


def whole_id(line: LineItem) -> str | None:
    """Return the id of the product that groups the variant which was sold."""
    variant, product = variant_of(line), product_of(line)
    own = line.product_id if first(line.sku, variant.sku) is not None else None
    found: str | None = first(product.id, variant.product_id, own, product.sku)
    return found


def group_id(product: WholeProduct, master: Variant) -> str | None:
    """Return the id of a product that groups variants, in a message of its own."""
    found: str | None = first(product.id, master.product_id, product.sku, master.sku)
    return found


def simple_id(product: WholeProduct, master: Variant, memory: Memory) -> str:
    """Return the id of a product without variants, in a message of its own."""
    sku: str | None = first(product.sku, master.sku)
    if sku is None:
        sku = _by_variant(master.id, memory) or product.id
    return sku if sku is not None else _by_name(first(product.name, master.name))


def own_id(variant: Variant, product: WholeProduct, memory: Memory) -> str:
    """Return the id of one of a product's variants, in the product's message."""
    if variant.sku is not None:
        return variant.sku
    name = variant.name or product.name or product.id
    return _by_variant(variant.id, memory) or _by_options(name, variant)


def has_variants(product: Product) -> bool:
    """Whether a product groups variants, as far as it says."""
    several = isinstance(product.variants, list) and len(product.variants) > 1
    return bool(product.has_variants) or several


def customer_id(
    account: str | None, email: str | None, memory: Memory, last: Mapping[str, Any] | None
) -> str | None:
    """Return the id of a buyer: the account, else that of the address, else the address.

    `last` is the customer of the order or cart as last sent. None if nothing is known.
    """
    if account is not None or email is None:
        return account
    if remembered := memory.get(email_key(email)):
        return str(remembered["id"])
    if last and (last.get("email") or "").lower() == email.lower():
        return str(last["id"])
    return email.lower()


def email_key(email: str) -> Key:
    """Return the key of what an e-mail address is remembered by."""
    return Key("email", email.lower())


def item_ids(
    lines: Iterable[LineItem], products: Iterable[str], last: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """Yield the id of each line's item: the line's, else the one last sent with its product.

    Without either, the item goes by its product; the second and third of a product get -2 and -3.
    """
    lines, products = list(lines), list(products)
    used = {line.id for line in lines if line.id is not None}
    before: dict[str, list[str]] = {}
    for item in last:
        before.setdefault(item["product"]["id"], []).append(item["id"])
    for line, product in zip(lines, products, strict=True):
        if line.id is not None:
            yield line.id
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
    """Return the id of a variant that only its name and its options tell from others."""
    values = [*(variant.options or {}).values(), *(o.value for o in variant.option_values or ())]
    return _by_name(" ".join(filter(None, [name, *values])))


def _by_name(name: str | None) -> str:
    return (slug(name) if name else "") or UNKNOWN
