"""Reading: events of both versions out, in pages and one by one."""

from jirafe_api.contract.kinds import STORED, V1_RESOURCES, V1_TRACKED
from jirafe_api.description.draft_2020 import Schema
from jirafe_api.description.openapi import Described, Operation, content, reference
from jirafe_api.description.operations.keeping import NAME
from jirafe_api.description.operations.refusals import TOKEN
from jirafe_api.errors import Invalid, Missing, NotFound


def _query(name: str, told: str, schema: Schema) -> Described:
    return {"name": name, "in": "query", "description": told, "schema": schema}


_VERSION = _query(
    "version",
    "Only events that came in by this version of the API.",
    {"type": "string", "enum": ["1", "2"]},
)
_PAGE = (
    _query(
        "limit",
        "How many at the most.",
        {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
    ),
    _query("id", "Only events of this id.", {"type": "string"}),
    _query(
        "since",
        "Only what came in at this time or later, in ISO 8601.",
        {"type": "string", "format": "date-time"},
    ),
    _VERSION,
    _query(
        "latest",
        "Only the latest state of each id, by id.",
        {"type": "string", "enum": ["true", "false"]},
    ),
)


def _event(kind: str) -> Described:
    """The forms of what is kept of a kind; what version 1's tracker keeps is of its own."""
    if kind in V1_TRACKED:
        return {"type": "object"}
    names = [kind, f"v1/{kind}"] if kind in V1_RESOURCES else [kind]
    return {"anyOf": [reference(name) for name in names]}


def _entry(kind: str) -> Described:
    return {
        "type": "object",
        "required": ["received_at", "version", "id", "event"],
        "properties": {
            "received_at": {"type": "string", "format": "date-time"},
            "version": {"enum": [1, 2]},
            "id": {"type": "string"},
            "status": {"type": ["string", "null"]},
            "event": _event(kind),
        },
    }


def _listing(kind: str) -> Operation:
    page = {
        "type": "object",
        "required": ["events", "next"],
        "properties": {
            "events": {"type": "array", "items": _entry(kind)},
            "next": {"type": ["string", "null"]},
        },
    }
    return Operation(
        methods=("GET",),
        rule="/v2/<site>/<kind>",
        values={"kind": kind},
        variables={"site": NAME},
        tag="Reading",
        summary=f"A page of the {kind} events, newest first; `next` is the address of the next",
        query=_PAGE,
        answer=content(page),
        refusals=(Invalid({"limit": "'0' is not a whole number from 1 to 500"}), *TOKEN),
    )


def _latest(kind: str) -> Operation:
    return Operation(
        methods=("GET",),
        rule="/v2/<site>/<kind>/<path:event_id>",
        values={"kind": kind},
        variables={"site": NAME, "event_id": {"type": "string", "minLength": 1}},
        tag="Reading",
        summary=f"The latest state of one {kind}",
        query=(_VERSION,),
        answer=content(_entry(kind)),
        refusals=(Invalid({"version": "'3' is not one of 1, 2"}), NotFound(), Missing(), *TOKEN),
    )


OPERATIONS: tuple[Operation, ...] = (*map(_listing, STORED), *map(_latest, STORED))
