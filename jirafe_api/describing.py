"""What the API tells of itself: its schemas, its description, and a page to try it by."""

import json
from importlib import resources
from pathlib import Path

from flask import Blueprint, Response, request

from jirafe_api.contract import SCHEMAS
from jirafe_api.credentials import SITE
from jirafe_api.dialect import Schema
from jirafe_api.errors import Missing
from jirafe_api.openapi import JSON, Described, describe
from jirafe_api.operations import OPERATIONS, REFUSALS

_INFO = {
    "title": "Jirafe Events API",
    "version": "2",
    "description": "Events of a shop go in one by one or in batches, and come out in pages. "
    "Bodies may be compressed by gzip. An integer is written without a fraction: 1, not 1.0. A "
    "request that no route takes is answered 404 or 405, in the form of the other errors.",
}
_PAGES = Path(__file__).parent / "pages"
_SWAGGER_UI = Path(str(resources.files("flask_swagger_ui"))) / "dist"
_PARTS = {
    "start.js": (_PAGES, "text/javascript"),
    "swagger-ui-bundle.js": (_SWAGGER_UI, "text/javascript"),
    "swagger-ui.css": (_SWAGGER_UI, "text/css"),
    "favicon-32x32.png": (_SWAGGER_UI, "image/png"),
}
_VARIABLES: dict[str, Schema] = {
    "site": {"type": "string", "pattern": f"^{SITE.pattern}$"},
    "name": {"type": "string", "enum": list(SCHEMAS)},
    "file": {"type": "string", "enum": list(_PARTS)},
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

describing = Blueprint("describing", __name__)


def description(server: str) -> Described:
    """The whole API in OpenAPI 3.1, as it is served under the path `server`."""
    return describe(_INFO, server, OPERATIONS, SCHEMAS, REFUSALS, _VARIABLES)


@describing.get("/v2/schema/<name>.json")
def show_schema(name: str) -> Response:
    """A schema; those that it refers to are beside it."""
    if name not in SCHEMAS:
        raise Missing
    return _for_everybody(SCHEMAS[name])


@describing.get("/openapi.json")
def show_description() -> Response:
    """The description of every route, for the address by which it was asked for."""
    return _for_everybody(description(request.root_path or "/"))


@describing.get("/docs")
def show_page() -> Response:
    """The page, which loads nothing from elsewhere."""
    response = _cached((_PAGES / "docs.html").read_bytes(), "text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@describing.get("/docs/<file>")
def show_part(file: str) -> Response:
    """A part of the page."""
    if file not in _PARTS:
        raise Missing
    folder, media = _PARTS[file]
    return _cached((folder / file).read_bytes(), media)


def _for_everybody(value: Described) -> Response:
    """The value as JSON that the scripts of every page may read."""
    response = _cached(json.dumps(value, indent=2).encode(), JSON)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _cached(content: bytes, media: str) -> Response:
    """An answer that caches may keep for an hour, and then ask for by its hash."""
    response = Response(content, mimetype=media)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.cache_control.public = True
    response.cache_control.max_age = 3600
    response.add_etag()
    response.make_conditional(request)
    return response
