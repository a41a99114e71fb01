"""Events from clients, in both versions."""

from jirafe_api.contract.kinds import KINDS, V1_RESOURCES
from jirafe_api.description.openapi import Described, Operation, content, reference
from jirafe_api.description.shared import BODY, EXAMPLES, NAME, STORED, SUCCESS, TOKEN
from jirafe_api.errors import Implausible, Invalid

_ANSWERS: Described = {
    "type": "object",
    "additionalProperties": {
        "type": "array",
        "items": {
            "oneOf": [SUCCESS, reference("error.validation"), reference("error.invalid_type")]
        },
    },
}
_BATCH: Described = {"anyOf": [reference("batch"), reference("batch-outline")]}
_ORDERS = ("order-placed", "order-accepted", "order-cancelled")
_BAD_ID = Invalid({"id": "None is not of type 'string'"})


def _posting(kind: str) -> Operation:
    examples = {name: EXAMPLES[name] for name in (_ORDERS if kind == "order" else (kind,))}
    return Operation(
        endpoint="v2_resources.post_event",
        values={"kind": kind},
        variables={"site": NAME},
        tag="Events",
        summary=f"Store one {kind} event",
        body=content(reference(kind), examples),
        answer=STORED,
        refusals=(_BAD_ID, *BODY, *TOKEN),
    )


def _posting_to_v1(endpoint: str, kind: str) -> Operation:
    return Operation(
        endpoint=f"v1_resources.{endpoint}",
        values={"kind": kind},
        variables={"org": NAME, "site": NAME},
        tag="Version 1",
        summary=f"Store one {kind} event",
        body=content(reference(f"v1/{kind}"), {kind: EXAMPLES[f"v1/{kind}"]}),
        answer=STORED,
        refusals=(
            _BAD_ID,
            Implausible({"change_date": "'yesterday' is not a time in ISO 8601"}),
            *BODY,
            *TOKEN,
        ),
    )


V2: tuple[Operation, ...] = (
    *map(_posting, KINDS),
    Operation(
        endpoint="v2_resources.post_batch",
        variables={"site": NAME},
        tag="Events",
        summary="Store the valid events of a batch; each is answered by itself",
        body=content(_BATCH, {"batch": EXAMPLES["batch"]}),
        answer=content(_ANSWERS, {"stored": {"category": [{"success": True}]}}),
        refusals=(Invalid({"cart": "{} is not of type 'array'"}), *BODY, *TOKEN),
    ),
)
V1: tuple[Operation, ...] = tuple(
    _posting_to_v1(endpoint, kind)
    for endpoint in ("post_event", "post_event_of_organization")
    for kind in V1_RESOURCES
)
