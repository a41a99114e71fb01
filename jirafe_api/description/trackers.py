"""The trackers of both versions, and the beacon."""

from jirafe_api.contract import kinds
from jirafe_api.contract.kinds import TRACKED, V1_TRACKED, schema_of
from jirafe_api.description.openapi import Described, Operation, content, reference
from jirafe_api.description.shared import BROWSER, EXAMPLES, NAME, STORED
from jirafe_api.errors import Invalid, TooLargeToTrack, TooLargeWrapper


def _posting(kind: str) -> Operation:
    return Operation(
        endpoint="v2_tracker.post",
        values={"kind": kind},
        tag="Tracker",
        summary=f"Store one {kind}, from a browser",
        body=content(reference(kind), {kind: EXAMPLES[kind]}),
        answer=STORED,
        refusals=(Invalid({"": "'site' is a required property"}), TooLargeToTrack(), *BROWSER),
        needs_token=False,
    )


def _image(kind: str) -> Operation:
    data = {
        "name": "data",
        "in": "query",
        "description": "The event. The answer is a transparent pixel, even if it is refused.",
        "required": True,
        "content": content(reference(kind), {kind: EXAMPLES[kind]}),
    }
    return Operation(
        endpoint="v2_tracker.get_gif",
        values={"kind": kind},
        tag="Tracker",
        summary=f"Store one {kind}, from the address of an image",
        query=(data,),
        answer=content({}, media="image/gif"),
        needs_token=False,
    )


def _event_of_v1(kind: str) -> Described:
    named = {"properties": {"event_type": {"const": kind}}}
    return {"allOf": [reference("v1/event"), reference(schema_of(kinds.V1, kind)), named]}


_WRAPPER: Described = {
    "allOf": [
        reference("v1/wrapper"),
        {
            "properties": {
                "org": {"pattern": NAME["pattern"]},
                "data": {"items": {"oneOf": [_event_of_v1(kind) for kind in V1_TRACKED]}},
            }
        },
    ]
}

V2: tuple[Operation, ...] = (
    *map(_posting, TRACKED),
    *map(_image, TRACKED),
    Operation(
        endpoint="beacon.script",
        tag="Tracker",
        summary="The beacon, a script for the pages of a shop",
        answer=content({"type": "string"}, media="text/javascript"),
        needs_token=False,
    ),
)
V1: tuple[Operation, ...] = (
    Operation(
        endpoint="v1_tracker.post_wrapper",
        tag="Version 1",
        summary="Store the events of a wrapper, all or none, from a beacon",
        body=content(_WRAPPER, {"wrapper": EXAMPLES["v1/wrapper"]}),
        answer=STORED,
        refusals=(
            Invalid({"data.0": "'event_type' is a required property"}),
            TooLargeWrapper(),
            *BROWSER,
        ),
        needs_token=False,
    ),
)
