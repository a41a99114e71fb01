"""The details of a product: brand, categories, images, attributes, URLs."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from mappers.events import first, present
from mappers.reading.catalog import Product, Variant
from mappers.reading.catalog_values import Category
from mappers.reading.orders import LineItem

Parameters = Mapping[str, str]

_LONGEST_CACHED = 1000


def details(
    variant: Variant, product: Product, line: LineItem | None, parameters: Parameters
) -> dict[str, Any]:
    """Return brand, categories, images, attributes and URLs, as far as they are known."""
    taxons = product.meta_data or product.taxons or product.classifications or []
    store = parameters.get("store_url", "")
    shown = {
        "brand": _brand(taxons, parameters) if taxons else None,
        "categories": _categories(taxons, parameters) if taxons else None,
        "images": _images(variant.images or product.images or [], store),
        "attributes": _attributes(variant, line),
        "urls": _urls(variant, product, line, store),
    }
    return present(shown)


def _brand(taxons: list[Category], parameters: Parameters) -> str | None:
    taxonomy = parameters.get("brand_category_taxonomy")
    return next((one.name for one in taxons if taxonomy and one.taxonomy_id == taxonomy), None)


def _categories(taxons: list[Category], parameters: Parameters) -> list[dict[str, str]] | None:
    """Return the taxons, limited to the shop's product taxonomy if that is known."""
    taxonomy = parameters.get("product_category_taxonomy")
    found = {
        one[:2]: None for one in taxons if taxonomy is None or one.taxonomy_id in (None, taxonomy)
    }
    return [{"id": its_id, "name": name} for its_id, name in found] or None


def _images(pictures: list[str], store: str) -> list[dict[str, str]] | None:
    if not pictures:
        return None
    return [{"url": url} for one in pictures if (url := _absolute(one, store))] or None


def _attributes(variant: Variant, line: LineItem | None) -> list[dict[str, str]] | None:
    """Return the option values, or else options, of the variant or else of its line item."""
    values = variant.option_values or (line and line.option_values)
    if values:
        return [one._asdict() for one in values]
    options = variant.options or (line and line.options)
    return [{"id": k, "name": k, "value": v} for k, v in options.items()] if options else None


def _urls(
    variant: Variant, product: Product, line: LineItem | None, store: str
) -> dict[str, str] | None:
    if not store:
        return None
    slug = first(variant.permalink, variant.slug, product.permalink, product.slug)
    slug = slug or (line.slug if line else None)
    url = _absolute(f"products/{slug}", store) if slug else None
    return {"store": url} if url else None


def _absolute(url: str, store: str) -> str | None:
    """Return the absolute URL, or None if it is relative and the shop's URL is unknown."""
    # Cached, since a shop sells the same products often. Long texts are not worth the memory.
    join = _joined if len(url) + len(store) < _LONGEST_CACHED else _joined.__wrapped__
    return join(url, store)


@lru_cache(maxsize=2048)
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
