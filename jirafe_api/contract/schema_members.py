"""The members of events: those that the schemas name."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jirafe_api.contract.validation import SCHEMAS

Schema = Mapping[str, Any]


@cache
def whole(name: str) -> Schema:
    """A schema by its name, such as `v1/cart`, with those that it refers to in their places."""
    folder, slash, _ = name.rpartition("/")
    schema: Schema = _joined(SCHEMAS[name], folder + slash)
    return schema


def members(schema: Schema) -> dict[str, Schema]:
    """The schemas of an object's members by their names; all of those where it may be `oneOf`."""
    found: dict[str, Schema] = {}
    for one in schema.get("oneOf", ()):
        found |= members(one)
    found.update(schema.get("properties", {}))
    return found


def named(value: Any, schema: Schema) -> Any:
    """What of a valid value the schema names, in all its depth."""
    if isinstance(value, dict):
        known = members(schema)
        return {name: named(one, known[name]) for name, one in value.items() if name in known}
    if isinstance(value, list):
        return [named(one, schema.get("items", {})) for one in value]
    return value


def _joined(part: Any, folder: str) -> Any:
    if isinstance(part, list):
        return [_joined(one, folder) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return whole(folder + part["$ref"].removesuffix(".json"))
    return {word: _joined(value, folder) for word, value in part.items()}
