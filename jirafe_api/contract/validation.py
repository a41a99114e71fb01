"""Which events the Jirafe Events API accepts, and what it says about the others."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, ValidationError, validators
from referencing import Registry
from referencing.jsonschema import DRAFT4

from jirafe_api.contract.fast_validation import Quick
from jirafe_api.contract.uniqueness import are_unique

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
    return {} if _QUICK.is_surely_valid(schema, event) else _in_words(schema, event)


def _in_words(schema: str, event: Any) -> dict[str, str]:
    messages: dict[str, list[str]] = {}
    for error in islice(_VALIDATORS[schema].iter_errors(event), MOST_PROBLEMS):
        path = ".".join(str(step) for step in error.absolute_path)
        messages.setdefault(path, []).append(error.message)
    return {path: "; ".join(said) for path, said in messages.items()}


def _items(validator: Any, items: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    """Yields the errors of jsonschema's own check, which is slow with thousands of valid items."""
    if isinstance(value, list):
        for place in _QUICK.suspects(items, value):
            yield from validator.descend(value[place], items, path=place)


def _additional_properties(
    validator: Any, additional: Any, value: Any, schema: Any
) -> Iterator[ValidationError]:
    """Yields the errors of jsonschema's own check, likewise."""
    if isinstance(value, dict):
        names = [name for name in value if name not in schema.get("properties", {})]
        for place in _QUICK.suspects(additional, [value[name] for name in names]):
            name = names[place]
            yield from validator.descend(value[name], additional, path=name)


def _unique_items(
    _validator: Any, unique: Any, items: Any, _schema: Any
) -> Iterator[ValidationError]:
    """Yields the error of jsonschema's own check, which takes an hour for 100,000 objects."""
    if unique and isinstance(items, list) and not are_unique(items):
        yield ValidationError(f"{items!r} has non-unique elements")


_WORDS = {
    "items": _items,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}


def _validators() -> dict[str, Any]:
    resources = [
        (f"{name}.json", DRAFT4.create_resource(_plain(schema))) for name, schema in SCHEMAS.items()
    ]
    registry: Registry[Any] = Registry().with_resources(resources).crawl()
    extend: Any = validators.extend  # has no types
    validator = extend(Draft4Validator, _WORDS)
    return {name: validator({"$ref": f"{name}.json"}, registry=registry) for name in SCHEMAS}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without its dialect, by which jsonschema would choose a validator of its own."""
    return {word: value for word, value in schema.items() if word != "$schema"}


_QUICK = Quick(SCHEMAS)
_VALIDATORS = _validators()
