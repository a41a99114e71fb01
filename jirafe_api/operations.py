"""What the API takes and answers, route by route: the table behind its description."""

import json
from pathlib import Path
from typing import Any

from jirafe_api.contract import KINDS
from jirafe_api.errors import (
    BadEncoding,
    BadJson,
    Invalid,
    InvalidToken,
    InvalidType,
    Missing,
    NotAuthorized,
    Refused,
    TooLarge,
)
from jirafe_api.openapi import Described, Operation, content, reference

EXAMPLES: dict[str, Any] = {
    file.name.removesuffix(".json"): json.loads(file.read_text())
    for file in sorted((Path(__file__).parent / "examples").glob("*.json"))
}
"""A valid event for each schema of one, and a batch."""

REFUSALS: tuple[Refused, ...] = (
    BadJson(),
    InvalidType(),
    Invalid({"": "'id' is a required property"}),
    InvalidToken(),
    NotAuthorized(),
    Missing(),
    TooLarge(),
    BadEncoding(),
)
"""One of each sort, as an example."""

_TOKEN: tuple[Refused, ...] = (InvalidToken(), NotAuthorized())
_BODY: tuple[Refused, ...] = (BadJson(), TooLarge(), BadEncoding())
_WRITING = ("POST", "PUT")

_SUCCESS: Described = {
    "type": "object",
    "required": ["success"],
    "properties": {"success": {"const": True}},
    "additionalProperties": False,
}
_RESULTS: Described = {
    "type": "object",
    "additionalProperties": {
        "type": "array",
        "items": {
            "oneOf": [_SUCCESS, reference("error.validation"), reference("error.invalid_type")]
        },
    },
}
_BATCH: Described = {"anyOf": [reference("batch"), reference("batch-outline")]}


def _query(name: str, told: str, schema: Described) -> Described:
    return {"name": name, "in": "query", "description": told, "schema": schema}


_PAGE = (
    _query(
        "limit",
        "How many at the most.",
        {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
    ),
    _query(
        "before",
        "Where the page begins; `next` of the page before has it.",
        {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
    ),
    _query("id", "Only events of this id.", {"type": "string"}),
)


def _writing(kind: str) -> Operation:
    steps = ("order-placed", "order-accepted", "order-cancelled")
    examples = {name: EXAMPLES[name] for name in (steps if kind == "order" else (kind,))}
    return Operation(
        methods=_WRITING,
        rule="/v2/<site>/<kind>",
        values={"kind": kind},
        tag="Events",
        summary=f"Keep one {kind} event",
        body=content(reference(kind), examples),
        answer=content(_SUCCESS, {"kept": {"success": True}}),
        refusals=(Invalid({"id": "None is not of type 'string'"}), *_BODY, *_TOKEN),
    )


def _listing(kind: str) -> Operation:
    entry = {
        "type": "object",
        "required": ["received_at", "id", "event"],
        "properties": {
            "received_at": {"type": "string", "format": "date-time"},
            "id": {"type": "string"},
            "event": reference(kind),
        },
    }
    page = {
        "type": "object",
        "required": ["events", "next"],
        "properties": {
            "events": {"type": "array", "items": entry},
            "next": {"type": ["string", "null"]},
        },
    }
    return Operation(
        methods=("GET",),
        rule="/v2/<site>/<kind>",
        values={"kind": kind},
        tag="Listings",
        summary=f"List the {kind} events, newest first",
        query=_PAGE,
        answer=content(page),
        refusals=(Invalid({"limit": "'0' is not a whole number from 1 to 500"}), *_TOKEN),
    )


OPERATIONS: tuple[Operation, ...] = (
    *map(_writing, KINDS),
    Operation(
        methods=_WRITING,
        rule="/v2/<site>/batch",
        tag="Events",
        summary="Keep the valid events of a batch; each is answered by itself",
        body=content(_BATCH, {"batch": EXAMPLES["batch"]}),
        answer=content(_RESULTS, {"kept": {"category": [{"success": True}]}}),
        refusals=(Invalid({"cart": "{} is not of type 'array'"}), *_BODY, *_TOKEN),
    ),
    *map(_listing, KINDS),
    Operation(
        methods=("GET",),
        rule="/v2/schema/<name>.json",
        tag="Description",
        summary="A JSON Schema (Draft 4) by its name",
        answer=content({"type": "object"}),
        refusals=(Missing(),),
        needs_token=False,
    ),
    Operation(
        methods=("GET",),
        rule="/openapi.json",
        tag="Description",
        summary="This description",
        answer=content({"type": "object"}),
        needs_token=False,
    ),
    Operation(
        methods=("GET",),
        rule="/docs",
        tag="Description",
        summary="A page to try calls by",
        answer=content({"type": "string"}, media="text/html"),
        needs_token=False,
    ),
    Operation(
        methods=("GET",),
        rule="/docs/<file>",
        tag="Description",
        summary="What that page loads",
        answer=content({"type": "string"}, media="*/*"),
        refusals=(Missing(),),
        needs_token=False,
    ),
)
"""Every route of the API, once for each sort of request."""
