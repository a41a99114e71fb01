"""Taxonomies, products and variants, made up from a seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

CATEGORIES, BRANDS = 1, 2
"""The ids of the two taxonomies."""

_CATEGORY_NAMES = ("Tea", "Teapots & Cups", "Books", "New", "New!", "Gifts", "Gifts / Sets")
_BRAND_NAMES = ("Hillside", "Fern & Co", "Näive")
_ADJECTIVES = ("Green", "Smoked", "Enamel", "Glazed", "Walnut", "Linen", "Copper", "Tiny")
_NOUNS = ("Teapot", "Oolong", "Cup", "Tray", "Whisk", "Kettle", "Apron", "Caddy")
_OPTIONS = {"size": ("Small", "Medium", "Large"), "color": ("Red", "Ash", "Blue")}
_EXTENSIONS = ("", "", "", "-x", " 2", "/b")
"""Ends of SKUs: most are plain."""


@dataclass(frozen=True)
class Taxon:
    """A category or a brand; a root has no parent."""

    id: int
    name: str
    taxonomy_id: int
    parent: "Taxon | None"
    created_at: datetime
    updated_at: datetime

    @property
    def path(self) -> list[str]:
        """Return the names from the root down."""
        return [*(self.parent.path if self.parent else []), self.name]

    @property
    def permalink(self) -> str:
        return "/".join(name.lower().replace(" ", "-") for name in self.path)


@dataclass(frozen=True)
class Variant:
    """What is sold; the master of a product without options is sold itself."""

    id: int
    sku: str
    price: Decimal
    is_master: bool
    options: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> str:
        """Return the id of the variant in all sales."""
        return self.sku or f"variant-{self.id}"


@dataclass(frozen=True)
class Product:
    """A product; `variants` are without the master."""

    id: int
    name: str
    master: Variant
    variants: tuple[Variant, ...]
    taxons: tuple[Taxon, ...]
    created_at: datetime
    updated_at: datetime

    @property
    def slug(self) -> str:
        return self.name.lower().replace(" ", "-")

    @property
    def sold(self) -> tuple[Variant, ...]:
        """Return what can be bought."""
        return self.variants or (self.master,)


def taxons(at: datetime) -> list[Taxon]:
    """Return both taxonomies, parents first."""
    roots = [
        Taxon(taxonomy, name, taxonomy, None, at, at)
        for taxonomy, name in ((CATEGORIES, "Categories"), (BRANDS, "Brands"))
    ]
    children = [(roots[0], name) for name in _CATEGORY_NAMES] + [
        (roots[1], name) for name in _BRAND_NAMES
    ]
    return roots + [
        Taxon(number, name, root.taxonomy_id, root, at, at)
        for number, (root, name) in enumerate(children, 10)
    ]


def products(rng: Random, tree: list[Taxon], at: datetime, count: int) -> Iterator[Product]:
    """Yield products of every sort: simple, with variants, without SKU, and one that is free."""
    categories, brands = (
        [taxon for taxon in tree if taxon.parent and taxon.taxonomy_id == taxonomy]
        for taxonomy in (CATEGORIES, BRANDS)
    )
    names = rng.sample([f"{one} {other}" for one in _ADJECTIVES for other in _NOUNS], count)
    for place, name in enumerate(names):
        created = at + timedelta(seconds=place)
        sku = "" if place == 1 else f"{name[:3].upper()}-{place:03}{rng.choice(_EXTENSIONS)}"
        price = Decimal(0) if place == 2 else Decimal(rng.randrange(200, 9000)) / 100
        number = 100 + 10 * place
        master = Variant(number, sku, price, is_master=True)
        yield Product(
            # Products and variants are numbered apart, so that numbers of one are those of others.
            id=100 + place,
            name=name,
            master=master,
            variants=tuple(_variants(rng, master)) if place % 3 == 0 else (),
            taxons=(*rng.sample(categories, rng.randint(1, 2)), rng.choice(brands)),
            created_at=created,
            updated_at=created,
        )


def _variants(rng: Random, master: Variant) -> Iterator[Variant]:
    name = rng.choice(list(_OPTIONS))
    for place, value in enumerate(_OPTIONS[name], 1):
        sku = "" if place == 3 and rng.random() < 0.5 else f"{master.sku}-{value[0]}"
        price = master.price + place
        yield Variant(master.id + place, sku, price, is_master=False, options=((name, value),))
