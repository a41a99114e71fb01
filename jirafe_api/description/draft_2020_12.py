"""Translate JSON Schemas from Draft 4 to Draft 2020-12, which OpenAPI 3.1 uses."""

from collections.abc import Callable
from typing import Any

from jirafe_api.contract.json_schemas import Schema

_ADDRESSES = ("$schema", "id")  # of no use inside a description
_ONE = ("additionalProperties", "items", "not")
_MANY = ("allOf", "anyOf", "oneOf")
_NAMED = ("properties", "patternProperties")
_NUMBERS = {"number", "integer"}
_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def modern(schema: Schema, locate: Callable[[str], str]) -> dict[str, Any]:
    """Return the schema in Draft 2020-12; `locate` returns the new address of a `$ref`.

    One difference cannot be expressed: in Draft 4, 1.0 is not an integer.
    """
    if "$ref" in schema:
        return {"$ref": locate(schema["$ref"])}
    return {
        word: _translated(word, value, locate)
        for word, value in _bounded(schema).items()
        if word not in _ADDRESSES
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
    """Return the schema with the bounds of numbers in the form of Draft 2020-12."""
    words = dict(schema)
    for exclusive, bound in _EXCLUSIVE.items():
        if words.pop(exclusive, False):
            words[exclusive] = words.pop(bound)
    if _NUMBERS & _types(schema):
        return words
    bounds = {*_EXCLUSIVE, *_EXCLUSIVE.values()}  # without effect on arrays, but misleading
    return {word: value for word, value in words.items() if word not in bounds}


def _types(schema: Schema) -> set[str]:
    types = schema.get("type", "number")
    return {types} if isinstance(types, str) else set(types)
