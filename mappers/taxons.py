"""Taxon messages to category events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mappers.errors import MappingError
from mappers.events import Event
from mappers.output import first, present, timestamp
from mappers.schemas import TaxonPayload, load

_PAYLOAD = TaxonPayload()
_MISSING = "Missing data for required field."


def map_taxon(
    payload: Mapping[str, Any], parameters: Mapping[str, str], now: datetime
) -> list[Event]:
    """Return the category event of a taxon, none where it is not in the shop's product taxonomy.

    The taxon stands under `taxon` or at the payload's root. The taxonomy is that of the
    parameter `product_category_taxonomy`. `now` is the last resort for dates.
    """
    taxon = load(_PAYLOAD, payload if "taxon" in payload else {"taxon": payload})["taxon"] or {}
    taxonomy = parameters.get("product_category_taxonomy")
    told = any(value is not None for value in taxon.values())
    if told and (taxonomy is None or taxon["taxonomy_id"] != taxonomy):
        return []
    missing = [name for name in ("id", "name") if taxon.get(name) is None]
    if missing:
        raise MappingError({f"taxon.{name}": [_MISSING] for name in missing})
    changed = first(taxon["updated_at"], taxon["created_at"], now)
    parent = taxon["parent_id"]
    return [
        Event(
            "category",
            present(
                {
                    "id": taxon["id"],
                    "name": taxon["name"],
                    "create_date": timestamp(min(first(taxon["created_at"], changed), changed)),
                    "change_date": timestamp(changed),
                    "parent_categories": None if parent is None else [{"id": parent}],
                }
            ),
            state_date=None if taxon["updated_at"] is None else timestamp(changed),
        )
    ]
