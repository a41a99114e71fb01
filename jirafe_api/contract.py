"""Which events the Jirafe Events API accepts, and what it says about the others."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft4Validator, ValidationError, validators
from referencing import Registry
from referencing.jsonschema import DRAFT4

from jirafe_api.uniqueness import are_unique

MOST_PROBLEMS = 100
_FOLDER = Path(__file__).parent / "schemas"
SCHEMAS: dict[str, dict[str, Any]] = {
    file.relative_to(_FOLDER).as_posix().removesuffix(".json"): json.loads(file.read_text())
    for file in sorted(_FOLDER.rglob("*.json"))
}
"""Every JSON Schema (Draft 4) by its name, such as `cart` or `v1/cart`.

They refer to each other as NAME.json, from where they are.
"""


def _members(schema: Any) -> Iterator[str]:
    """Yields the names of a schema's members, and of theirs."""
    parts = schema
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        parts = schema.values()
    for part in parts:
        if isinstance(part, dict | list):
            yield from _members(part)


MEMBERS = frozenset(_members(SCHEMAS))
"""Every name that a schema knows."""

_FIRST = {"order": "order-status", "batch": "batch-outline"}
"""What an event is checked by before, or instead of, the schema that describes it whole."""


def check(kind: str, event: Any) -> dict[str, str]:
    """What is wrong with an event: messages by path, such as `items.0.price`; {} when valid.

    `kind` is one of version 2's, `pageview`, `visit`, or `batch`, of which only the outline is
    checked; or a schema of version 1 by its path, such as `v1/cart`. `event` is what JSON can tell.
    The root's path is the empty string; several problems at one path are joined by "; ", and only
    the first hundred of an event are told. Formats such as date-time are not checked: Jirafe never
    did.
    """
    problems = _problems(_FIRST.get(kind, kind), event)
    if kind == "order" and not problems:
        return _problems(f"order-{event['status']}", event)
    return problems


def _problems(schema: str, event: Any) -> dict[str, str]:
    return {} if _is_surely_valid(schema, event) else _in_words(schema, event)


def _is_surely_valid(schema: str, event: Any) -> bool:
    """True spares the slow check that finds the words; False says nothing."""
    try:
        return _QUICK[schema].is_valid(event)
    except ValueError:  # such as a lone surrogate, which is valid JSON but not UTF-8
        return False


def _in_words(schema: str, event: Any) -> dict[str, str]:
    messages: dict[str, list[str]] = {}
    for error in islice(_VALIDATORS[schema].iter_errors(event), MOST_PROBLEMS):
        path = ".".join(str(step) for step in error.absolute_path)
        messages.setdefault(path, []).append(error.message)
    return {path: "; ".join(said) for path, said in messages.items()}


def _unique_items(
    _validator: Any, unique: Any, items: Any, _schema: Any
) -> Iterator[ValidationError]:
    """Yields the error of jsonschema's own check, which takes an hour for 100,000 objects."""
    if unique and isinstance(items, list) and not are_unique(items):
        yield ValidationError(f"{items!r} has non-unique elements")


class _UniqueItems:
    """The same for the quick validator, whose own check takes 2**64 and its float for two."""

    def __init__(self, _schema: Any, unique: Any, _path: Any) -> None:
        self._matters = unique

    def validate(self, items: Any) -> None:
        if self._matters and isinstance(items, list) and not are_unique(items):
            raise ValueError("non-unique elements")


def _validators() -> dict[str, Any]:
    resources = [
        (f"{name}.json", DRAFT4.create_resource(_plain(schema))) for name, schema in SCHEMAS.items()
    ]
    registry: Registry[Any] = Registry().with_resources(resources).crawl()
    extend: Any = validators.extend  # has no types
    validator = extend(Draft4Validator, {"uniqueItems": _unique_items})
    return {name: validator({"$ref": f"{name}.json"}, registry=registry) for name in SCHEMAS}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without its dialect, by which jsonschema would choose a validator of its own."""
    return {word: value for word, value in schema.items() if word != "$schema"}


def _quick_validators() -> dict[str, jsonschema_rs.Draft4Validator]:
    base = "schemas:///"  # the quick one resolves absolute URIs only
    registry = jsonschema_rs.Registry(
        [(f"{base}{name}.json", schema) for name, schema in SCHEMAS.items()]
    )
    return {
        name: jsonschema_rs.Draft4Validator(
            {"$ref": f"{base}{name}.json"},
            registry=registry,
            validate_formats=False,
            keywords={"uniqueItems": _UniqueItems},
        )
        for name in SCHEMAS
    }


_VALIDATORS = _validators()
_QUICK = _quick_validators()
