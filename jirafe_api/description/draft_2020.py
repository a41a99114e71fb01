"""JSON Schemas of Draft 4 in the words of OpenAPI 3.1, which are those of Draft 2020-12."""

from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]

_PLACES = ("$schema", "id")  # where a schema is from; in a description it stands elsewhere
_ONE = ("additionalProperties", "items", "not")
_MANY = ("allOf", "anyOf", "oneOf")
_NAMED = ("properties", "patternProperties")
_NUMBERS = {"number", "integer"}
_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def modern(schema: Schema, locate: Callable[[str], str]) -> dict[str, Any]:
    """The same schema in Draft 2020-12; `locate` gives the new address of a `$ref`.

    One thing cannot be said there: for Draft 4, 1.0 is no integer.
    """
    if "$ref" in schema:
        return {"$ref": locate(schema["$ref"])}
    return {
        word: _translated(word, value, locate)
        for word, value in _bounded(schema).items()
        if word not in _PLACES
    }


def _translated(word: str, value: Any, locate: Callable[[str], str]) -> Any:
    if word in _NAMED:
        return {name: modern(one, locate) for name, one in value.items()}
    if word in _MANY:
        return [modern(one, locate) for one in value]
    if word in _ONE and isinstance(value, dict):
        return modern(value, locate)
    return value


def _bounded(schema: Schema) -> Schema:
    """The schema with its numbers' bounds as they are written today."""
    words = dict(schema)
    for exclusive, bound in _EXCLUSIVE.items():
        if words.pop(exclusive, False):
            words[exclusive] = words.pop(bound)
    if _NUMBERS & _types(schema):
        return words
    bounds = {*_EXCLUSIVE, *_EXCLUSIVE.values()}  # say nothing of an array, but look as if
    return {word: value for word, value in words.items() if word not in bounds}


def _types(schema: Schema) -> set[str]:
    types = schema.get("type", "number")
    return {types} if isinstance(types, str) else set(types)
