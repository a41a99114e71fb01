"""Products: of product messages, and of the items of carts and orders."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mappers.errors import MissingFieldError
from mappers.events import Event
from mappers.facets import NOTHING, facets
from mappers.output import first, present, timestamp
from mappers.schemas import ProductPayload, load

Part = Mapping[str, Any]
Dates = tuple[datetime, datetime]
"""When something was created and when it last changed."""

_PAYLOAD = ProductPayload()


def map_product(
    payload: Mapping[str, Any], parameters: Mapping[str, str], now: datetime
) -> list[Event]:
    """Return the event of a product, and one for each of its variants after it.

    The product stands under `product` or at the payload's root. `now` is the last resort for
    dates. Raises MappingError where the product or a variant has neither an id nor a sku.
    """
    product = load(_PAYLOAD, payload if "product" in payload else {"product": payload})["product"]
    if not product:
        raise MissingFieldError("product.sku")
    base, master, variants = _parts(product)
    told = first(product["created_at"], product["available_on"], now)
    dates = _dates(master, product, (told, told))
    whole = {
        **base,
        **_when(dates),
        "is_product": True,
        "is_sku": not variants and not product["has_variants"],
        **facets(master, product, None, parameters),
    }
    parts = (
        {
            "id": own_id,
            **_when(dates),
            "is_product": False,
            "is_sku": True,
            "code": first(variant["sku"], own_id),
            "name": first(variant["name"], base["name"]),
            **facets(variant, product, None, parameters),
            "base_product": present(base),
        }
        for own_id, variant in variants.items()
    )
    is_told = first(product["updated_at"], master.get("product_updated_at")) is not None
    since = whole["change_date"] if is_told else None
    return [Event("product", present(body), state_date=since) for body in (whole, *parts)]


def item_product(line: Part, dates: Dates, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the Jirafe product that a line item is of.

    A simple product goes by the product's id; a variant goes by its own, the sku, with the
    product as `base_product`. `dates` are the item's create and change date, the last resort
    for the product's.
    """
    variant: Part = line["variant"] or NOTHING
    product: Part = first(variant.get("product"), line["product"]) or NOTHING
    product_id = first(
        variant.get("product_id"),
        product.get("id"),
        (line["product"] or NOTHING).get("id"),
        line["product_id"],
    )
    sku = first(variant.get("sku"), line["sku"])
    own_id = first(sku, variant.get("id"), line["variant_id"], line["id"], line["product_id"])
    variant_of_product = _is_variant(variant, product)
    identifier = own_id if variant_of_product else first(product_id, product.get("sku"), own_id)
    name = first(variant.get("name"), line["name"], product.get("name"))
    body = {
        "id": identifier,
        **_when(_dates(variant, product, dates)),
        "is_product": not variant_of_product,
        "is_sku": variant_of_product or not _has_variants(product),
        "code": first(sku, product.get("sku"), identifier),
        "name": name,
        **facets(variant, product, line["options"], parameters),
        "base_product": _base(product, product_id, name) if variant_of_product else None,
    }
    return present(body)


def _parts(product: Part) -> tuple[dict[str, Any], Part, dict[str, Part]]:
    """Return what a product goes by, its master variant (NOTHING if not told), the others by id.

    Hubs list the master among the variants where a product has no others.
    """
    rows = product["variants"]
    master = product["master"] or next((row for row in rows if row["is_master"]), NOTHING)
    sku = first(product["sku"], master.get("sku"))
    identifier = first(product["id"], master.get("product_id"), sku)
    if identifier is None:
        raise MissingFieldError("product.sku")
    variants: dict[str, Part] = {}
    for row in rows:
        own_id = first(row["sku"], row["id"])
        if own_id is None and not row["is_master"]:
            raise MissingFieldError(f"product.variants.{row['place']}.sku")
        is_unsaid_master = row["is_master"] is None and own_id == sku
        if row["is_master"] or is_unsaid_master or own_id == identifier:
            master = master or row
        else:
            variants.setdefault(own_id, row)
    name = first(product["name"], master.get("name"))
    return {"id": identifier, "code": first(sku, identifier), "name": name}, master, variants


def _is_variant(variant: Part, product: Part) -> bool:
    """Whether this is one of a product's variants: by the shop's word, their number or the skus."""
    is_master = variant.get("is_master")
    if is_master is not None:
        return not is_master
    skus = variant.get("sku"), product.get("sku")
    return _has_variants(product) or (None not in skus and skus[0] != skus[1])


def _has_variants(product: Part) -> bool:
    variants = product.get("variants")
    several = isinstance(variants, list) and len(variants) > 1
    return bool(product.get("has_variants")) or several


def _base(product: Part, product_id: str | None, name: str | None) -> dict[str, Any] | None:
    base = {"id": product_id, "code": product.get("sku"), "name": first(product.get("name"), name)}
    return present(base) or None


def _dates(variant: Part, product: Part, last_resort: Dates) -> Dates:
    created = first(
        product.get("created_at"),
        variant.get("product_created_at"),
        product.get("available_on"),
    )
    changed = first(product.get("updated_at"), variant.get("product_updated_at"), last_resort[1])
    return min(first(created, last_resort[0]), changed), changed


def _when(dates: Dates) -> dict[str, str]:
    return {"create_date": timestamp(dates[0]), "change_date": timestamp(dates[1])}
