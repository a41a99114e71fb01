"""Products: of the items of carts and orders."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from mappers.output import first, present, timestamp

NOTHING: Mapping[str, Any] = {}

_LONGEST_KEPT = 1000


def item_product(
    line: Mapping[str, Any], dates: tuple[datetime, datetime], parameters: Mapping[str, str]
) -> dict[str, Any]:
    """Return the Jirafe product that a line item is of.

    A simple product goes by the product's id; a variant goes by its own, the sku, with the
    product as `base_product`. `dates` are the item's create and change date, the last resort
    for the product's.
    """
    variant: Mapping[str, Any] = line["variant"] or NOTHING
    product: Mapping[str, Any] = first(variant.get("product"), line["product"]) or NOTHING
    product_id = first(variant.get("product_id"), product.get("id"), line["product_id"])
    sku = first(variant.get("sku"), line["sku"])
    own_id = first(sku, variant.get("id"), line["variant_id"], line["id"])
    variant_of_product = _is_variant(variant, product)
    identifier = own_id if variant_of_product else first(product_id, product.get("sku"), own_id)
    name = first(variant.get("name"), line["name"], product.get("name"))
    created, changed = _dates(variant, product, dates)
    return present(
        {
            "id": identifier,
            "create_date": timestamp(created),
            "change_date": timestamp(changed),
            "is_product": not variant_of_product,
            "is_sku": variant_of_product or not _has_variants(product),
            "code": first(sku, product.get("sku"), identifier),
            "name": name,
            "brand": _brand(product, parameters),
            "categories": _categories(product, parameters),
            "images": _images(variant, product, parameters),
            "attributes": _attributes(line, variant),
            "urls": _urls(variant, product, parameters),
            "base_product": _base(product, product_id, name) if variant_of_product else None,
        }
    )


def _is_variant(variant: Mapping[str, Any], product: Mapping[str, Any]) -> bool:
    """Whether this is one of a product's variants: by the shop's word, their number or the skus."""
    is_master = variant.get("is_master")
    if is_master is not None:
        return not is_master
    skus = variant.get("sku"), product.get("sku")
    return _has_variants(product) or (None not in skus and skus[0] != skus[1])


def _has_variants(product: Mapping[str, Any]) -> bool:
    variants = product.get("variants")
    several = isinstance(variants, list) and len(variants) > 1
    return bool(product.get("has_variants")) or several


def _base(
    product: Mapping[str, Any], product_id: str | None, name: str | None
) -> dict[str, Any] | None:
    base = {"id": product_id, "code": product.get("sku"), "name": first(product.get("name"), name)}
    return present(base) or None


def _dates(
    variant: Mapping[str, Any], product: Mapping[str, Any], item: tuple[datetime, datetime]
) -> tuple[datetime, datetime]:
    created = first(
        product.get("created_at"),
        variant.get("product_created_at"),
        product.get("available_on"),
    )
    changed = first(product.get("updated_at"), variant.get("product_updated_at"), item[1])
    return min(first(created, item[0]), changed), changed


def _taxons(product: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the product's taxons, as Jirafe's Spree extension tells them where it does."""
    extension = ((product.get("meta_data") or NOTHING).get("jirafe") or NOTHING).get("taxons")
    return extension or product.get("taxons") or []


def _brand(product: Mapping[str, Any], parameters: Mapping[str, str]) -> str | None:
    taxonomy = parameters.get("brand_category_taxonomy")
    brands = (t["name"] for t in _taxons(product) if taxonomy and t["taxonomy_id"] == taxonomy)
    return next((name for name in brands if name), None)


def _categories(
    product: Mapping[str, Any], parameters: Mapping[str, str]
) -> list[dict[str, str]] | None:
    taxonomy = parameters.get("product_category_taxonomy")
    named = {
        (taxon["id"], taxon["name"]): None
        for taxon in _taxons(product)
        if taxon["id"] is not None and taxon["name"] is not None
        if taxonomy is None or taxon["taxonomy_id"] in (None, taxonomy)
    }
    return [{"id": identifier, "name": name} for identifier, name in named] or None


def _images(
    variant: Mapping[str, Any], product: Mapping[str, Any], parameters: Mapping[str, str]
) -> list[dict[str, str]] | None:
    images = variant.get("images") or product.get("images") or []
    store = parameters.get("store_url", "")
    urls = (_absolute(first(i["attachment_url"], i["url"]), store) for i in images)
    return [{"url": url} for url in urls if url] or None


def _attributes(line: Mapping[str, Any], variant: Mapping[str, Any]) -> list[dict[str, str]] | None:
    told = {
        (o["option_type_name"], first(o["option_type_presentation"], o["option_type_name"])): first(
            o["presentation"], o["name"]
        )
        for o in variant.get("option_values", ())
        if o["option_type_name"] is not None
    }
    told = told or {
        (name, name): value
        for name, value in (variant.get("options") or line["options"] or NOTHING).items()
    }
    attributes = (
        {"id": key[0], "name": key[1], "value": value} for key, value in told.items() if value
    )
    return list(attributes) or None


def _urls(
    variant: Mapping[str, Any], product: Mapping[str, Any], parameters: Mapping[str, str]
) -> dict[str, str] | None:
    slug = first(
        variant.get("permalink"), variant.get("slug"), product.get("permalink"), product.get("slug")
    )
    url = _absolute(f"products/{slug}", parameters.get("store_url", "")) if slug else None
    return {"store": url} if url else None


def _absolute(url: str | None, store: str) -> str | None:
    """Return the URL, joined to the shop's where it is relative; None where that is unknown."""
    if not url:
        return url
    # A shop sells the same products again and again; what is kept of them stays small.
    join = _joined if len(url) + len(store) < _LONGEST_KEPT else _joined.__wrapped__
    return join(url, store)


@lru_cache(maxsize=1024)
def _joined(url: str, store: str) -> str | None:
    try:
        if urlsplit(url).scheme in ("http", "https"):
            return url
        if urlsplit(store).scheme not in ("http", "https"):
            return None
        joined = urljoin(store.rstrip("/") + "/", url)
    except ValueError:
        return None
    return joined if urlsplit(joined).scheme in ("http", "https") else None
