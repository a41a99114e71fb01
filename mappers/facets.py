"""What a product shows of itself: its brand, categories, pictures, options and page."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from mappers.output import first

NOTHING: Mapping[str, Any] = {}

_LONGEST_KEPT = 1000


def facets(
    variant: Mapping[str, Any],
    product: Mapping[str, Any],
    options: Mapping[str, str] | None,
    parameters: Mapping[str, str],
) -> dict[str, Any]:
    """Return all of them as Jirafe names them, None for those that are not told.

    `variant` and `product` are NOTHING where the message has none; `options` are those of the
    line item that a product is of.
    """
    return {
        "brand": _brand(product, parameters),
        "categories": _categories(product, parameters),
        "images": _images(variant, product, parameters),
        "attributes": _attributes(variant, options),
        "urls": _urls(variant, product, parameters),
    }


def _brand(product: Mapping[str, Any], parameters: Mapping[str, str]) -> str | None:
    """Return the name of the product's taxon in the taxonomy of brands, None without one."""
    taxonomy = parameters.get("brand_category_taxonomy")
    brands = (t["name"] for t in _taxons(product) if taxonomy and t["taxonomy_id"] == taxonomy)
    return next((name for name in brands if name), None)


def _categories(
    product: Mapping[str, Any], parameters: Mapping[str, str]
) -> list[dict[str, str]] | None:
    """Return the product's taxons, those of the shop's product taxonomy where that is told."""
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
    """Return the pictures of the variant, else of the product, by absolute URLs."""
    pictures = variant.get("images") or product.get("images") or []
    store = parameters.get("store_url", "")
    urls = (_absolute(first(i["attachment_url"], i["url"]), store) for i in pictures)
    return [{"url": url} for url in urls if url] or None


def _attributes(
    variant: Mapping[str, Any], options: Mapping[str, str] | None
) -> list[dict[str, str]] | None:
    """Return what the variant is by its option values, its options, else those of its line item."""
    told = {
        (o["option_type_name"], first(o["option_type_presentation"], o["option_type_name"])): first(
            o["presentation"], o["name"]
        )
        for o in variant.get("option_values", ())
        if o["option_type_name"] is not None
    }
    told = told or {
        (name, name): value
        for name, value in (variant.get("options") or options or NOTHING).items()
    }
    named = ({"id": key[0], "name": key[1], "value": value} for key, value in told.items() if value)
    return list(named) or None


def _urls(
    variant: Mapping[str, Any], product: Mapping[str, Any], parameters: Mapping[str, str]
) -> dict[str, str] | None:
    """Return the product's page in the shop, None where the shop's URL is unknown."""
    slug = first(
        variant.get("permalink"), variant.get("slug"), product.get("permalink"), product.get("slug")
    )
    url = _absolute(f"products/{slug}", parameters.get("store_url", "")) if slug else None
    return {"store": url} if url else None


def _taxons(product: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the product's taxons, as Jirafe's Spree extension tells them where it does."""
    extension = ((product.get("meta_data") or NOTHING).get("jirafe") or NOTHING).get("taxons")
    return extension or product.get("taxons") or []


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
