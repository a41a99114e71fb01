"""Version 1: a site's resources, and the tracker of its beacons."""

from jirafe_api.api import WRITING
from jirafe_api.contract.kinds import V1_RESOURCES
from jirafe_api.description.openapi import Described, Operation, content, reference
from jirafe_api.description.operations.examples import EXAMPLES
from jirafe_api.description.operations.keeping import KEPT, NAME
from jirafe_api.description.operations.refusals import BODY, TOKEN
from jirafe_api.errors import (
    BadEncoding,
    BadJson,
    Implausible,
    Invalid,
    NotAuthorized,
    TooLargeWrapper,
)
from jirafe_api.web.v1.wrapper import EVENT_SCHEMAS


def _writing(rule: str, kind: str) -> Operation:
    return Operation(
        methods=WRITING,
        rule=rule,
        values={"kind": kind},
        variables={"org": NAME, "site": NAME},
        tag="Version 1",
        summary=f"Keep one {kind} event",
        body=content(reference(f"v1/{kind}"), {kind: EXAMPLES[f"v1/{kind}"]}),
        answer=KEPT,
        refusals=(
            Invalid({"id": "None is not of type 'string'"}),
            Implausible({"change_date": "'yesterday' is not a time in ISO 8601"}),
            *BODY,
            *TOKEN,
        ),
    )


def _event(kind: str) -> Described:
    named = {"properties": {"event_type": {"const": kind}}}
    return {"allOf": [reference("v1/event"), reference(EVENT_SCHEMAS[kind]), named]}


_WRAPPER: Described = {
    "allOf": [
        reference("v1/wrapper"),
        {
            "properties": {
                "org": {"pattern": NAME["pattern"]},
                "data": {"items": {"oneOf": [_event(kind) for kind in EVENT_SCHEMAS]}},
            }
        },
    ]
}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        methods=WRITING,
        rule="/v1/tracker",
        tag="Version 1",
        summary="Keep the events of a wrapper, all or none, from a beacon",
        body=content(_WRAPPER, {"wrapper": EXAMPLES["v1/wrapper"]}),
        answer=KEPT,
        refusals=(
            Invalid({"data.0": "'event_type' is a required property"}),
            BadJson(),
            TooLargeWrapper(),
            BadEncoding(),
            NotAuthorized(),
        ),
        needs_token=False,
    ),
    *(_writing("/v1/<site>/<kind>", kind) for kind in V1_RESOURCES),
    *(_writing("/v1/<org>/<site>/<kind>", kind) for kind in V1_RESOURCES),
)
