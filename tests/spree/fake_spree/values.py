"""How Spree writes amounts and times, and which fields a record of each version has."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

FIELDS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "samples" / "fields.json").read_text()
)
"""The field names of each rendering's records, as Spree's serializers have them."""

SHOP_URL = "https://shop.example.com"


def amount(value: Decimal | None) -> str | None:
    """Return the amount as Rails writes a decimal: `48.0`, never `48` or `48.00`."""
    if value is None:
        return None
    text = format(value.normalize(), "f")
    return text if "." in text else f"{text}.0"


def milliseconds(moment: datetime | None) -> str | None:
    return None if moment is None else _utc(moment, "milliseconds")


def seconds(moment: datetime | None) -> str | None:
    return None if moment is None else _utc(moment, "seconds")


def filled(names: list[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with every other field of the record, and fail for one that it lacks."""
    unknown = set(values) - set(names)
    assert not unknown, f"Spree has no such fields here: {unknown}"
    return {name: values.get(name, _filler(name)) for name in names}


def picture(variant_id: int) -> str:
    return f"{SHOP_URL}/rails/active_storage/blobs/proxy/{variant_id}/photo.jpg"


def _filler(name: str) -> Any:
    return "(display)" if name.startswith("display_") else None


def _utc(moment: datetime, timespec: str) -> str:
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
