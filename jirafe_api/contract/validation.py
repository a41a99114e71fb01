"""Validate events by their schemas, with the error messages of Jirafe's server."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from itertools import islice
from typing import Any

import jsonschema_rs
import orjson

from jirafe_api.contract.json_schemas import SCHEMAS
from jirafe_api.contract.uniqueness import are_unique

Problem = tuple[str, str]

MOST_PROBLEMS = 100
MOST_CHARACTERS = 4000
"""The greatest length of all messages about one event."""

_MOST_SHOWN = 200
_BASE = "schemas:///"  # jsonschema-rs resolves absolute URIs only
_STATUSES = SCHEMAS["order-status"]["properties"]["status"]["enum"]


def check(kind: str, event: Any) -> dict[str, str]:
    """Return the errors in an event: messages by path, such as `items.0.price`; {} if valid.

    `kind` is the name of a schema, such as `cart`, `order`, `pageview` or `v1/cart`; only the
    outline of a `batch` is checked. `event` is JSON without lone surrogates. The path of the event
    itself is "". Formats such as date-time are not checked, as Jirafe never checked them.
    """
    if kind == "order":
        status = event.get("status") if isinstance(event, dict) else None
        return _problems(f"order-{status}" if status in _STATUSES else "order-status", event)
    if kind == "batch":
        return {} if _is_batch(event) else _problems("batch-outline", event)
    return _problems(kind, event)


def _is_batch(value: Any) -> bool:
    """Return whether a value fits the outline of a batch, without checking the events."""
    return isinstance(value, dict) and all(isinstance(one, list) for one in value.values())


def gathered(problems: Iterable[Problem]) -> dict[str, str]:
    """Join the messages of (path, message) pairs by path, up to 100 pairs and 4,000 characters."""
    messages: dict[str, str] = {}
    room = MOST_CHARACTERS
    for path, message in islice(problems, MOST_PROBLEMS):
        room -= len(path) + len(message)
        if messages and room < 0:
            break
        messages[path] = f"{messages[path]}; {message}" if path in messages else message
    return messages


def shown(value: Any) -> str:
    """Return a value for a message: as Python prints it, at most 200 characters."""
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


class _UniqueItems:
    """`uniqueItems` for numbers, which jsonschema-rs compares slowly and differently."""

    def __init__(self, _schema: Any, is_required: Any, _path: Any) -> None:
        self._is_required = is_required

    def validate(self, items: Any) -> None:
        if self._is_required and isinstance(items, list) and not are_unique(items):
            raise ValueError("non-unique elements")


_REGISTRY = jsonschema_rs.Registry(
    [(f"{_BASE}{name}.json", dict(schema)) for name, schema in SCHEMAS.items()]
)


@cache  # made at its first use, because a process needs few of them
def _validator(schema: str, *, is_exact: bool) -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(
        {"$ref": f"{_BASE}{schema}.json"},
        registry=_REGISTRY,
        validate_formats=False,
        keywords={"uniqueItems": _UniqueItems} if is_exact else {},
    )


_VERDICTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "type": lambda details: f"is not of type {_listed(details['types'])}",
    "enum": lambda details: f"is not one of {details['options']!r}",
    "minimum": lambda details: f"is less than the minimum of {details['limit']!r}",
    "maximum": lambda details: f"is greater than the maximum of {details['limit']!r}",
    "minLength": lambda _: "should be non-empty",
    "minItems": lambda _: "should be non-empty",
    "uniqueItems": lambda _: "has non-unique elements",
    "pattern": lambda details: f"does not match {details['pattern']!r}",
}
"""The message about a value, by the keyword of the schema that it violates."""


def _listed(types: list[str]) -> str:
    return ", ".join(map(repr, sorted(types, reverse=True)))  # 'string' first, as in the schemas


def _problems(schema: str, event: Any) -> dict[str, str]:
    validator = _validator(schema, is_exact=not _has_small_integers(event))
    if validator.is_valid(event):
        return {}
    return gathered(_problem(error, event) for error in validator.iter_errors(event))


def _has_small_integers(event: Any) -> bool:
    """Return whether every integer has at most 53 bits.

    Larger ones that round to the same float have the same hash in jsonschema-rs, and comparing
    thousands of them takes minutes.
    """
    try:
        orjson.dumps(event, option=orjson.OPT_STRICT_INTEGER)
    except TypeError:
        return False
    return True


def _problem(error: jsonschema_rs.ValidationError, event: Any) -> Problem:
    value, path = event, []
    for step in error.instance_path:
        step = _member(value, step)
        value = value[step]
        path.append(str(step)[:_MOST_SHOWN])
    if isinstance(value, dict) and "" in value and error.instance != value:
        value = value[""]  # jsonschema-rs leaves this name out of paths
        path.append("")
    return ".".join(path), _message(error, value)


def _member(value: Any, step: str | int) -> str | int:
    """Return one step of a path; jsonschema-rs mistakes names such as "07" for the index 7."""
    if isinstance(value, list) or isinstance(step, str):
        return step
    numbers: Iterable[str] = (name for name in value if re.fullmatch(r"\+?[0-9]+", name))
    return next(name for name in numbers if int(name) == step)


def _message(error: jsonschema_rs.ValidationError, value: Any) -> str:
    """Return the message in the words of jsonschema, the library that Jirafe's server used."""
    keyword, details = str(error.schema_path[-1]), error.kind.as_dict()
    if keyword == "required":
        return f"{details['property']!r} is a required property"
    return f"{shown(value)} {_VERDICTS[keyword](details)}"
