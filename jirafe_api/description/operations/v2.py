"""Version 2: events in, one by one or in batches."""

from jirafe_api.api import WRITING
from jirafe_api.contract.kinds import KINDS
from jirafe_api.description.openapi import Described, Operation, content, reference
from jirafe_api.description.operations.examples import EXAMPLES
from jirafe_api.description.operations.keeping import KEPT, NAME, SUCCESS
from jirafe_api.description.operations.refusals import BODY, TOKEN
from jirafe_api.errors import Invalid

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
)
