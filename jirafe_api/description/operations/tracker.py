"""Version 2's tracker and the beacon: what the pages of a shop load, and what they send."""

from jirafe_api.api import WRITING
from jirafe_api.description.openapi import Operation, content, reference
from jirafe_api.description.operations.examples import EXAMPLES
from jirafe_api.description.operations.keeping import KEPT
from jirafe_api.errors import BadEncoding, BadJson, Invalid, NotAuthorized, TooLargeToTrack

_KINDS = ("pageview", "visit")


def _posting(kind: str) -> Operation:
    return Operation(
        methods=WRITING,
        rule="/v2/tracker/<any(pageview, visit):kind>",
        values={"kind": kind},
        tag="Tracker",
        summary=f"Keep one {kind}, from a browser",
        body=content(reference(kind), {kind: EXAMPLES[kind]}),
        answer=KEPT,
        refusals=(
            Invalid({"": "'site' is a required property"}),
            BadJson(),
            TooLargeToTrack(),
            BadEncoding(),
            NotAuthorized(),
        ),
        needs_token=False,
    )


def _image(kind: str) -> Operation:
    data = {
        "name": "data",
        "in": "query",
        "description": "The event. Whatever comes of it, the answer is a transparent pixel.",
        "required": True,
        "content": content(reference(kind), {kind: EXAMPLES[kind]}),
    }
    return Operation(
        methods=("GET",),
        rule="/v2/tracker/<any(pageview, visit):kind>.gif",
        values={"kind": kind},
        tag="Tracker",
        summary=f"Keep one {kind}, from the address of an image",
        query=(data,),
        answer=content({}, media="image/gif"),
        needs_token=False,
    )


OPERATIONS: tuple[Operation, ...] = (
    *map(_posting, _KINDS),
    *map(_image, _KINDS),
    Operation(
        methods=("GET",),
        rule="/jirafe_api.js",
        tag="Tracker",
        summary="The beacon, a script for the pages of a shop",
        answer=content({"type": "string"}, media="text/javascript"),
        needs_token=False,
    ),
)
