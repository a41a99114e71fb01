"""Reading events of both versions, in pages and one by one."""

from jirafe_api.contract.json_schemas import Schema
from jirafe_api.contract.kinds import STORED, V1_RESOURCES, V1_TRACKED
from jirafe_api.description.openapi import Described, Operation, content, reference
from jirafe_api.description.shared import NAME, TOKEN
from jirafe_api.errors import Invalid, Missing, NotFound


def _query(name: str, description: str, schema: Schema) -> Described:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_VERSION = _query(
    "version",
    "Only events sent to this version of the API.",
    {"type": "string", "enum": ["1", "2"]},
)
_PAGE = (
    _query(
        "limit",
        "Events on a page; fewer if they have more than 10 MB.",
        {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
    ),
    _query("id", "Only events of this id.", {"type": "string"}),
    _query(
        "since",
        "Only events received at this time or later, in ISO 8601; write + as %2B.",
        {"type": "string", "format": "date-time"},
    ),
    _VERSION,
    _query(
        "latest",
        "Only the latest state of each id, by id.",
        {"type": "string", "enum": ["true", "false"]},
    ),
)


def _refused(known: str, **wrong: str) -> Invalid:
    """Return the refusal of wrong parameters, and of one that is not among the known ones."""
    return Invalid(wrong | {"colour": f"is not a parameter; the parameters are {known}"})


_BAD_LIMIT = "'0' is not a whole number from 1 to 500"


def _event(kind: str) -> Described:
    """Return the schema of a stored event; those of version 1's tracker vary."""
    if kind in V1_TRACKED:
        return {"type": "object"}
    names = [kind, f"v1/{kind}"] if kind in V1_RESOURCES else [kind]
    return {"anyOf": [reference(name) for name in names]}


def _entry(kind: str) -> Described:
    return {
        "type": "object",
        "required": ["seq", "received_at", "version", "id", "event"],
        "properties": {
            "seq": {"type": "integer"},
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
        endpoint="reading.list_events",
        values={"kind": kind},
        variables={"site": NAME},
        tag="Reading",
        summary=f"A page of the {kind} events, newest first; `next` is the address of the next",
        query=_PAGE,
        answer=content(page),
        refusals=(
            _refused("after, before, id, latest, limit, since, version", limit=_BAD_LIMIT),
            *TOKEN,
        ),
    )


def _latest(kind: str) -> Operation:
    return Operation(
        endpoint="reading.get_latest",
        values={"kind": kind},
        variables={"site": NAME, "event_id": {"type": "string", "minLength": 1}},
        tag="Reading",
        summary=f"The latest state of one {kind}",
        query=(_VERSION,),
        answer=content(_entry(kind)),
        refusals=(
            _refused("version", version="'3' is not one of 1, 2"),
            NotFound(),
            Missing(),
            *TOKEN,
        ),
    )


_FEED = Operation(
    endpoint="reading.feed_events",
    variables={"site": NAME},
    tag="Reading",
    summary="The events of all kinds above a `seq`, oldest first; `next` is for later events",
    query=(
        _PAGE[0],
        _query(
            "after",
            "The `seq` of the last event read, 0 at first.",
            {"type": "integer", "minimum": 0, "default": 0},
        ),
    ),
    answer=content(
        {
            "type": "object",
            "required": ["events", "next"],
            "properties": {
                "events": {"type": "array", "items": {"type": "object"}},
                "next": {"type": "string"},
            },
        }
    ),
    refusals=(_refused("after, limit", limit=_BAD_LIMIT), *TOKEN),
)

OPERATIONS: tuple[Operation, ...] = (_FEED, *map(_listing, STORED), *map(_latest, STORED))
