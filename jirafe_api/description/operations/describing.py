"""What the API tells of itself."""

from jirafe_api.contract.validation import SCHEMAS
from jirafe_api.description.docs_page import PARTS
from jirafe_api.description.openapi import Operation, content
from jirafe_api.errors import Missing


def _schemas(version: str, names: list[str]) -> Operation:
    return Operation(
        methods=("GET",),
        rule=f"/{version}/schema/<name>.json",
        variables={"name": {"type": "string", "enum": names}},
        tag="Description",
        summary="A JSON Schema (Draft 4) by its name",
        answer=content({"type": "object"}),
        refusals=(Missing(),),
        needs_token=False,
    )


OPERATIONS: tuple[Operation, ...] = (
    _schemas("v2", [name for name in SCHEMAS if "/" not in name]),
    _schemas("v1", [name.removeprefix("v1/") for name in SCHEMAS if name.startswith("v1/")]),
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
        variables={"file": {"type": "string", "enum": list(PARTS)}},
        tag="Description",
        summary="What that page loads",
        answer=content({"type": "string"}, media="*/*"),
        refusals=(Missing(),),
        needs_token=False,
    ),
)
