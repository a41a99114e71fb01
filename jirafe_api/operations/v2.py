"""Version 2: events in, one by one or in batches, and out in pages."""

from jirafe_api.contract import KINDS
from jirafe_api.errors import Invalid
from jirafe_api.kinds import V1_RESOURCES
from jirafe_api.openapi import Described, Operation, content, reference
from jirafe_api.operations.examples import EXAMPLES
from jirafe_api.operations.keeping import KEPT, NAME, SUCCESS, WRITING
from jirafe_api.operations.refusals import BODY, TOKEN

_RESULTS: Described = {
    "type": "object",
    "additionalProperties": {
        "type": "array",
        "items": {
            "oneOf": [SUCCESS, reference("error.validation"), reference("error.invalid_type")]
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
        methods=WRITING,
        rule="/v2/<site>/<kind>",
        values={"kind": kind},
        variables={"site": NAME},
        tag="Events",
        summary=f"Keep one {kind} event",
        body=content(reference(kind), examples),
        answer=KEPT,
        refusals=(Invalid({"id": "None is not of type 'string'"}), *BODY, *TOKEN),
    )


def _listing(kind: str) -> Operation:
    versions = [f"v1/{kind}"] if kind in V1_RESOURCES else []  # both are read together
    entry = {
        "type": "object",
        "required": ["received_at", "id", "event"],
        "properties": {
            "received_at": {"type": "string", "format": "date-time"},
            "id": {"type": "string"},
            "event": {"anyOf": [reference(name) for name in (kind, *versions)]},
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
        variables={"site": NAME},
        tag="Listings",
        summary=f"List the {kind} events, newest first",
        query=_PAGE,
        answer=content(page),
        refusals=(Invalid({"limit": "'0' is not a whole number from 1 to 500"}), *TOKEN),
    )


OPERATIONS: tuple[Operation, ...] = (
    *map(_writing, KINDS),
    Operation(
        methods=WRITING,
        rule="/v2/<site>/batch",
        variables={"site": NAME},
        tag="Events",
        summary="Keep the valid events of a batch; each is answered by itself",
        body=content(_BATCH, {"batch": EXAMPLES["batch"]}),
        answer=content(_RESULTS, {"kept": {"category": [{"success": True}]}}),
        refusals=(Invalid({"cart": "{} is not of type 'array'"}), *BODY, *TOKEN),
    ),
    *map(_listing, KINDS),
)
