"""The JSON Schemas (Draft 4) of events, and the names of their members."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jirafe_api.contract.kinds import KINDS, V1_TRACKED

Schema = Mapping[str, Any]

_FOLDER = Path(__file__).parent / "schemas"


def _load() -> dict[str, Schema]:
    schemas = {
        file.relative_to(_FOLDER).as_posix().removesuffix(".json"): json.loads(file.read_text())
        for file in sorted(_FOLDER.rglob("*.json"))
    }
    schemas["batch"]["properties"] = {
        kind: {"type": "array", "items": {"$ref": f"{kind}.json"}} for kind in KINDS
    }
    schemas["v1/event"]["properties"] = {"event_type": {"enum": list(V1_TRACKED)}}
    return schemas


SCHEMAS = _load()
"""Every schema by name, such as `cart` or `v1/cart`.

A `$ref` is NAME.json, relative to the schema that it is in.
"""


def _member_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, dict | list):
            yield from _member_names(part)


MEMBER_NAMES = frozenset(name for schema in SCHEMAS.values() for name in _member_names(schema))
"""Every member name that appears in a schema; these are safe to log."""


@cache
def whole(name: str) -> Schema:
    """Return a schema by name, with every `$ref` replaced by its target."""
    folder, slash, _ = name.rpartition("/")
    schema: Schema = _resolved(SCHEMAS[name], folder + slash)
    return schema


def members(schema: Schema) -> dict[str, Schema]:
    """Return the schemas of an object's members by name, over all branches of a `oneOf`."""
    found: dict[str, Schema] = {}
    for branch in schema.get("oneOf", ()):
        found |= members(branch)
    found.update(schema.get("properties", {}))
    return found


def named(value: Any, schema: Schema) -> Any:
    """Return a valid value without members that are not in the schema, at any depth."""
    if isinstance(value, dict):
        known = members(schema)
        return {name: named(one, known[name]) for name, one in value.items() if name in known}
    if isinstance(value, list):
        return [named(one, schema.get("items", {})) for one in value]
    return value


def _resolved(part: Any, folder: str) -> Any:
    if isinstance(part, list):
        return [_resolved(one, folder) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return whole(folder + part["$ref"].removesuffix(".json"))
    return {word: _resolved(value, folder) for word, value in part.items()}
