"""Map product messages, and the items of carts and orders, to Jirafe products."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mappers import identity
from mappers.dates import Clock
from mappers.events import Event, Fact, Key, Mapped, Memory, first, present, unique
from mappers.identity import Line
from mappers.problems import Warning, limited, missing
from mappers.product_details import Parameters, details
from mappers.reading.catalog import Product, Variant, WholeProduct

Body = dict[str, Any]

_NOBODY = Variant()


@dataclass(frozen=True)
class ProductDraft:
    """A product message: a product, and the variants that it groups."""

    product: WholeProduct
    master: Variant
    variants: list[Variant]
    parameters: Parameters
    clock: Clock
    warnings: list[Warning]

    @property
    def locks(self) -> tuple[Key, ...]:
        """The product; its variants change with it."""
        group = identity.group_id(self.product, self.master)
        return (Key("product", group or identity.simple_id(self.product, self.master, {})),)

    @property
    def recalls(self) -> tuple[Key, ...]:
        """The product, and the SKUs remembered for variants without one."""
        unnamed = (one.id for one in (self.master, *self.variants) if one.sku is None)
        return unique((*self.locks, *(Key("variant", one) for one in unnamed if one is not None)))

    def events(self, memory: Memory) -> Mapped:
        """Return the event of the product, followed by one for each of its variants."""
        (lock,) = self.locks
        last = memory.get(lock) or {}
        changed, is_outdated = self._changed(last)
        bodies = list(self._bodies(changed, memory))
        events = [
            Event("product", body, self._facts(lock, body, changed), lock, is_outdated)
            for body in bodies
        ]
        return Mapped(events, limited(self.warnings), tuple(self._skus(changed)))

    def _changed(self, last: Mapping[str, Any]) -> tuple[str, bool]:
        """Return the change date, and whether a newer message was handled before.

        The first product message counts as newer than any sale of the product. A message without
        a date counts as the newest, even if the clock was set back.
        """
        own = first(self.product.updated_at, self.master.product_updated_at)
        changed = self.clock.now if own is None else self.clock.clamped(own)
        before = last.get("date", "")
        if own is not None and last.get("in_catalog"):
            return changed, changed < before
        return max(changed, before), False

    def _bodies(self, changed: str, memory: Memory) -> Iterator[Body]:
        product, master = self.product, self.master
        is_group = bool(self.variants) or bool(product.has_variants)
        its_id = identity.group_id(product, master) if is_group else None
        its_id = its_id or identity.simple_id(product, master, memory)
        created = first(product.created_at, product.available_on, changed)
        dates = {"create_date": min(created, changed), "change_date": changed}
        base = {
            "id": its_id,
            "code": first(product.sku, master.sku, its_id),
            "name": first(product.name, master.name),
        }
        shown = details(master, product, None, self.parameters)
        yield present({**base, **dates, "is_product": True, "is_sku": not is_group, **shown})
        seen = {its_id}
        for variant in self.variants:
            own_id = identity.own_id(variant, product, memory)
            if own_id not in seen:
                seen.add(own_id)
                yield present(self._variant(variant, own_id, base, dates))

    def _variant(self, variant: Variant, own_id: str, base: Body, dates: Body) -> Body:
        return {
            "id": own_id,
            **dates,
            "is_product": False,
            "is_sku": True,
            "code": first(variant.sku, own_id),
            "name": first(variant.name, base["name"]),
            **details(variant, self.product, None, self.parameters),
            "base_product": present(base),
        }

    @staticmethod
    def _facts(lock: Key, body: Body, date: str) -> tuple[Fact, ...]:
        known = {"date": date, "in_catalog": True, "base_product": body.get("base_product")}
        own = Key("product", body["id"])
        return tuple(Fact(key, date, known) for key in unique((lock, own)))

    def _skus(self, date: str) -> Iterator[Fact]:
        for one in (self.master, *self.variants):
            sku = one.sku or (self.product.sku if one is self.master else None)
            if one.id is not None and sku is not None:
                yield Fact(Key("variant", one.id), date, sku)


def product_draft(
    product: WholeProduct | None, parameters: Parameters, clock: Clock, warnings: list[Warning]
) -> ProductDraft:
    """Return the draft of a product message. Raise MappingError if the product has no id."""
    product = product or WholeProduct()
    rows = product.variants or []
    master = product.master or next((row for row in rows if row.is_master), None)
    sku = product.sku if master is None or master.sku is None else master.sku
    alone = [row for row in rows if not row.is_master and not _is_unsaid_master(row, sku)]
    if len(alone) < len(rows) and master is None:
        master = next(row for row in rows if row not in alone)
    master = master or _NOBODY
    if identity.group_id(product, master) is None and master.id is None:
        raise missing("product.sku")
    variants = [row for row in alone if row != _NOBODY]
    return ProductDraft(product, master, variants, parameters, clock, warnings)


def _is_unsaid_master(row: Variant, sku: str | None) -> bool:
    """Whether this is the product itself, which hubs list among the variants if it has none."""
    return row.is_master is None and row.sku is not None and row.sku == sku


def item_product(
    line: Line, its_id: str, dates: Body, parameters: Parameters, known: Memory
) -> Body:
    """Return the Jirafe product of a line item.

    `dates` are the item's, used if the product has none. `known` has the facts about products from
    the catalog.
    """
    variant, product = line.variant, line.product
    name = first(variant.name, line.item.name, product.name)
    base = _base(line, its_id, name, known)
    return {
        "id": its_id,
        **_dates(variant, product, dates),
        "is_product": base is None,
        "is_sku": base is not None or not line.has_variants,
        "code": its_id if line.sku is None else line.sku,
        **({} if name is None else {"name": name}),
        **details(variant, product, line.item, parameters),
        **({"base_product": base} if base else {}),
    }


def _base(line: Line, its_id: str, name: str | None, known: Memory) -> Body | None:
    """Return the product that groups the variant, {} if it is unknown, None if there is none."""
    variant, product, is_master = line.variant, line.product, line.is_master
    is_variant = is_master is False or (
        is_master is None and (line.has_variants or _differ(variant.sku, product.sku))
    )
    if not is_variant:
        fact = known.get(Key("product", its_id)) if is_master is None else None
        return fact.get("base_product") if fact else None
    base = {"id": identity.whole_id(line), "code": product.sku, "name": product.name or name}
    return present(base)


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _dates(variant: Variant, product: Product, item: Body) -> Body:
    changed = first(product.updated_at, variant.product_updated_at, item["change_date"])
    created = first(
        product.created_at, variant.product_created_at, product.available_on, item["create_date"]
    )
    return {"create_date": min(created, changed), "change_date": changed}
