"""What is read of a shop's catalog: taxons, products, variants."""

import re
from typing import Any

from mappers.fields import Amount, AsSent, Flag, HubField, Identifier, Options, Text, Timestamp
from mappers.nested import HubSchema, One, Rows, each

_NO_SLUG = re.compile(r"[^\w]+")


class Taxon(HubSchema):
    """A node of a taxonomy."""

    id = Identifier()
    name = Text()
    parent_id = Identifier()
    taxonomy_id = Identifier()
    created_at = Timestamp()
    updated_at = Timestamp()


class Taxons(HubField):
    """Taxons as `Taxon` objects, from such objects or from breadcrumbs.

    A breadcrumb, `["Categories", "Clothes", "T-Shirts"]`, is a taxon by its last name whose id
    is the slugged path, `categories/clothes/t-shirts`, in no taxonomy that it could name.
    """

    default_error_messages = {"invalid": "Not a valid list of taxons."}

    def read(self, value: Any) -> list[dict[str, Any]]:
        """Return the taxons."""
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return each(self._taxon, value)

    def _taxon(self, _: int, entry: Any) -> dict[str, Any]:
        if isinstance(entry, dict):
            return _TAXON.load(entry)
        if not isinstance(entry, list) or not all(isinstance(name, str) for name in entry):
            raise self.make_error("invalid")
        path = "/".join(_NO_SLUG.sub("-", name.strip().lower()).strip("-") for name in entry)
        return {"id": path, "name": entry[-1].strip() or None, "taxonomy_id": None}


_TAXON = Taxon()


class JirafeData(HubSchema):
    """What Jirafe's own Spree extension adds to a product."""

    taxons = Taxons()


class MetaData(HubSchema):
    """What extensions add to a product, by their name."""

    jirafe = One(JirafeData())


class Image(HubSchema):
    """A picture of a variant or product; Spree's raw form names it `attachment_url`."""

    attachment_url = Text()
    url = Text()


class OptionValue(HubSchema):
    """What a variant is in one respect: its size, its colour."""

    option_type_name = Identifier()
    option_type_presentation = Text()
    name = Text()
    presentation = Text()


class Product(HubSchema):
    """A product as a variant or line item holds it."""

    id = Identifier()
    sku = Identifier()
    name = Text()
    permalink = Text()
    slug = Text()
    taxons = Taxons()
    meta_data = One(MetaData())
    images = Rows(Image())
    variants: HubField = AsSent()
    has_variants = Flag()
    created_at = Timestamp()
    available_on = Timestamp()
    updated_at = Timestamp()


class Variant(HubSchema):
    """What is sold: a product, or one of its variants."""

    id = Identifier()
    sku = Identifier()
    name = Text()
    price = Amount()
    product_id = Identifier()
    is_master = Flag()
    permalink = Text()
    slug = Text()
    option_values = Rows(OptionValue())
    options = Options()
    images = Rows(Image())
    product = One(Product())
    product_created_at = Timestamp()
    product_updated_at = Timestamp()


class WholeProduct(Product):
    """A product in a message of its own, with its variants; their prices are of no use here."""

    master = One(Variant(exclude=["price"]))
    variants = Rows(Variant(exclude=["price"]), numbered=True)
