"""The quick validator: it spares the one that finds the words what is valid, thousands of times."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs

from jirafe_api.contract.uniqueness import are_unique

Schema = dict[str, Any]

_BASE = "schemas:///"  # it resolves absolute URIs only
_AT_ONCE = 1000
_OF_MANY = ("items", "additionalProperties")
"""Where a schema has the one of the members of an array or an object, however many there are."""


class Quick:
    """Says of valid values that they are; of others, and of a few valid ones, it says nothing."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        """Takes the schemas by name; they refer to each other as NAME.json, from where they are."""
        registry = jsonschema_rs.Registry(
            [(f"{_BASE}{name}.json", schema) for name, schema in schemas.items()]
        )
        self._whole = {
            name: _validator({"$ref": f"{_BASE}{name}.json"}, name, registry) for name in schemas
        }
        self._lists = {
            id(part): _validator({"items": part}, name, registry)
            for name, schema in schemas.items()
            for part in _of_many(schema)
        }

    def is_surely_valid(self, name: str, value: Any) -> bool:
        """True where the value is valid by the schema of that name; False says nothing."""
        return _says_yes(self._whole[name], value)

    def suspects(self, schema: Schema, members: Sequence[Any]) -> Iterator[int]:
        """Yields the places of the members that are not surely valid.

        `schema` is that of each: the very object which is a part of one of the schemas.
        """
        validator = self._lists[id(schema)]
        for start in range(0, len(members), _AT_ONCE):
            some = members[start : start + _AT_ONCE]
            if not _says_yes(validator, some):
                for place, member in enumerate(some, start):
                    if not _says_yes(validator, [member]):
                        yield place


class _UniqueItems:
    """A check in place of the quick validator's own, which takes 2**64 and its float for two."""

    def __init__(self, _schema: Any, unique: Any, _path: Any) -> None:
        self._matters = unique

    def validate(self, items: Any) -> None:
        if self._matters and isinstance(items, list) and not are_unique(items):
            raise ValueError("non-unique elements")


def _validator(schema: Schema, name: str, registry: Any) -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(
        schema,
        base_uri=_BASE + name,  # in the folder of that schema, and not the schema itself
        registry=registry,
        validate_formats=False,
        keywords={"uniqueItems": _UniqueItems},
    )


def _of_many(schema: Any) -> Iterator[Schema]:
    """Yields the schemas of members, of which there may be many, at any depth."""
    if isinstance(schema, dict):
        yield from (schema[word] for word in _OF_MANY if isinstance(schema.get(word), dict))
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, dict | list):
            yield from _of_many(part)


def _says_yes(validator: jsonschema_rs.Draft4Validator, value: Any) -> bool:
    try:
        return validator.is_valid(value)
    except UnicodeEncodeError:  # a lone surrogate, which is valid JSON but not UTF-8
        return validator.is_valid(_in_utf8(value))


def _in_utf8(value: Any) -> Any:
    """The value with each byte of its texts as a character: what differs still does.

    What is ASCII, such as all that the schemas name, stays as it is.
    """
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-8", "surrogatepass").decode("latin-1"))
