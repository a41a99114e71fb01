"""A product's categories, images and options. Entries that cannot be read are skipped."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from mappers.reading.values import identifier, slug, text


class Category(NamedTuple):
    """A taxon of a product; `taxonomy_id` is None if the message does not have it."""

    id: str
    name: str
    taxonomy_id: str | None


class OptionValue(NamedTuple):
    """The value of a variant's option, such as its size or colour."""

    id: str
    name: str
    value: str


def categories(value: Any) -> list[Category]:
    """Return the taxons in a list of objects, of `{"taxon": {…}}`, of breadcrumbs or of names.

    A breadcrumb such as `["Categories", "Clothes", "T-Shirts"]` has the name of its last part, and
    the percent-encoded path `categories/clothes/t-shirts` as its id.
    """
    return list(dict.fromkeys(filter(None, map(_category, _rows(value)))))


def images(value: Any) -> list[str]:
    """Return the URLs of images, given as objects or as plain URLs."""
    return [url for row in _rows(value) if (url := _url(row))]


def option_values(value: Any) -> list[OptionValue]:
    """Return the option values that have a type and a value, one for each type."""
    found = {}
    for row in _rows(value):
        if type(row) is dict and (one := _option_value(row)):
            found[one.id, one.name] = one
    return list(found.values())


def jirafe_categories(value: Any) -> list[Category]:
    """Return the taxons that Jirafe's Spree extension puts under `meta_data.jirafe.taxons`."""
    inner = value.get("jirafe") if type(value) is dict else None
    taxons = inner.get("taxons") if type(inner) is dict else None
    return categories(taxons) if type(taxons) is list else []


def _rows(value: Any) -> Iterator[Any]:
    if value in ({}, ""):
        return iter(())
    if type(value) is not list:
        raise ValueError("Not a valid list.")
    return iter(value)


def _category(row: Any) -> Category | None:
    if type(row) is dict:
        taxon = row["taxon"] if type(row.get("taxon")) is dict else row
        its_id, name = _lenient(identifier, taxon.get("id")), _lenient(text, taxon.get("name"))
        taxonomy = _lenient(identifier, taxon.get("taxonomy_id"))
        return Category(its_id, name, taxonomy) if its_id and name else None
    trail = [row] if type(row) is str else row
    if type(trail) is not list or not trail or any(type(name) is not str for name in trail):
        return None
    path, name = "/".join(slug(name) for name in trail), trail[-1].strip()
    return Category(path, name, None) if name else None


def _url(row: Any) -> str | None:
    if type(row) is str:
        return row.strip() or None
    if type(row) is not dict:
        return None
    return _lenient(text, row.get("attachment_url")) or _lenient(text, row.get("url"))


def _option_value(row: dict[str, Any]) -> OptionValue | None:
    its_id = _lenient(identifier, row.get("option_type_name"))
    name = _lenient(text, row.get("option_type_presentation")) or its_id
    value = _lenient(text, row.get("presentation")) or _lenient(text, row.get("name"))
    return OptionValue(its_id, name, value) if its_id and name and value else None


def _lenient(read: Any, value: Any) -> str | None:
    try:
        read_value: str | None = None if value is None else read(value)
    except ValueError:
        return None
    return read_value
