"""Which events the Jirafe Events API accepts, and what it says about the others."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, ValidationError, validators
from referencing import Registry
from referencing.jsonschema import DRAFT4

KINDS = ("cart", "category", "customer", "employee", "order", "product")
MOST_PROBLEMS = 100


def check(kind: str, event: Any) -> dict[str, str]:
    """What is wrong with an event: messages by path, such as `items.0.price`; {} when valid.

    `kind` is one of KINDS, `pageview`, `visit`, or `batch`, of which only the outline is checked;
    or a schema of version 1 by its path, such as `v1/cart`. The root's path is the empty string;
    several problems at one path are joined by "; ", and only the first hundred of an event are
    told. Formats such as date-time are not checked: Jirafe never did.
    """
    problems = _problems(kind, event)
    if kind == "order" and not problems:
        return _problems(f"order-{event['status']}", event)
    return problems


def _problems(schema: str, event: Any) -> dict[str, str]:
    messages: dict[str, list[str]] = {}
    for error in islice(_VALIDATORS[schema].iter_errors(event), MOST_PROBLEMS):
        path = ".".join(str(step) for step in error.absolute_path)
        messages.setdefault(path, []).append(error.message)
    return {path: "; ".join(said) for path, said in messages.items()}


def _unique_items(
    _validator: Any, unique: Any, items: Any, _schema: Any
) -> Iterator[ValidationError]:
    """Yields the error of jsonschema's own check, which takes an hour for 100,000 objects."""
    if unique and isinstance(items, list) and len({_frozen(item) for item in items}) < len(items):
        yield ValidationError(f"{items!r} has non-unique elements")


def _frozen(value: Any) -> Any:
    """A hashable stand-in, equal for equal JSON: 1 is 1.0, but not true."""
    if isinstance(value, dict):
        return frozenset((key, _frozen(member)) for key, member in value.items())
    if isinstance(value, list):
        return tuple(_frozen(member) for member in value)
    return (bool, value) if isinstance(value, bool) else value


def _validators() -> dict[str, Any]:
    folder = Path(__file__).parent / "schemas"
    files = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("*.json"))}
    schemas = {name: json.loads(file.read_text()) for name, file in files.items()}
    resources = [(name, DRAFT4.create_resource(schema)) for name, schema in schemas.items()]
    registry: Registry[Any] = Registry().with_resources(resources).crawl()
    extend: Any = validators.extend  # has no types
    validator = extend(Draft4Validator, {"uniqueItems": _unique_items})
    return {
        name.removesuffix(".json"): validator({"$ref": name}, registry=registry)
        for name in schemas  # by reference, so that a schema's own references start where it is
    }


_VALIDATORS = _validators()
