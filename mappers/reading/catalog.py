"""The fields read from the catalog: products, variants, taxons."""

from typing import Annotated, Any

from mappers.reading.objects import (
    ESSENTIAL,
    ROWS,
    Amount,
    Categories,
    Essential,
    Flag,
    HubObject,
    Identifier,
    Images,
    JirafeCategories,
    Moment,
    Number,
    Options,
    OptionValues,
    Text,
)


class Product(HubObject):
    """A product in a variant or a line item; only the number of its variants matters."""

    id: Identifier = None
    sku: Identifier = None
    name: Text = None
    permalink: Text = None
    slug: Text = None
    taxons: Categories = None
    classifications: Categories = None
    meta_data: JirafeCategories = None
    images: Images = None
    variants: Any = None
    has_variants: Flag = None
    created_at: Moment = None
    available_on: Moment = None
    updated_at: Moment = None


class Variant(HubObject):
    """What is sold: a product, or one of its variants."""

    id: Identifier = None
    sku: Identifier = None
    name: Text = None
    product_id: Identifier = None
    is_master: Flag = None
    permalink: Text = None
    slug: Text = None
    option_values: OptionValues = None
    options: Options = None
    images: Images = None
    product: Product | None = None
    product_created_at: Moment = None
    product_updated_at: Moment = None


class SoldVariant(Variant):
    """A variant in a line item, whose price is used if the line has none."""

    price: Amount = None


class WholeProduct(Product):
    """A product message, with its variants."""

    master: Variant | None = None
    variants: Annotated[Annotated[list[Variant], ROWS] | None, ESSENTIAL] = None


class Taxon(HubObject):
    """A node of a taxonomy."""

    id: Number = None
    name: Essential = None
    parent_id: Identifier = None
    taxonomy_id: Identifier = None
    created_at: Moment = None
    updated_at: Moment = None


class TaxonPayload(HubObject):
    """The payload of a taxon message."""

    taxon: Annotated[Taxon | None, ESSENTIAL] = None


class ProductPayload(HubObject):
    """The payload of a product message."""

    product: Annotated[WholeProduct | None, ESSENTIAL] = None
