"""What the API tells of itself: its schemas, and its description."""

import json

from flask import Blueprint, Response, request

from jirafe_api.contract.validation import SCHEMAS
from jirafe_api.description.openapi import JSON, Described, describe
from jirafe_api.description.operations import OPERATIONS, REFUSALS
from jirafe_api.errors import Missing
from jirafe_api.web.caching import for_everybody

_INFO = {
    "title": "Jirafe Events API",
    "version": "2",
    "description": "Events of a shop go in one by one or in batches, and come out in pages. "
    "Version 1 is served beside version 2. "
    "Bodies may be compressed by gzip. An integer is written without a fraction: 1, not 1.0. A "
    "request that no route takes is answered 404 or 405, in the form of the other errors.",
}

describing = Blueprint("describing", __name__)


def description(server: str) -> Described:
    """The whole API in OpenAPI 3.1, as it is served under the path `server`."""
    return describe(_INFO, server, OPERATIONS, SCHEMAS, REFUSALS)


@describing.get("/v2/schema/<name>.json")
def show_schema(name: str) -> Response:
    """A schema of version 2; those that it refers to are beside it."""
    return _schema(name)


@describing.get("/v1/schema/<name>.json")
def show_schema_of_v1(name: str) -> Response:
    """A schema of version 1, likewise."""
    return _schema(f"v1/{name}")


@describing.get("/openapi.json")
def show_description() -> Response:
    """The description of every route, for the address by which it was asked for."""
    return _json(description(request.root_path or "/"))


def _schema(name: str) -> Response:
    if name not in SCHEMAS:
        raise Missing
    return _json(SCHEMAS[name])


def _json(value: Described) -> Response:
    return for_everybody(json.dumps(value, indent=2).encode(), JSON)
