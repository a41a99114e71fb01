"""Public pages: the schemas, the description, and a page to try calls."""

from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template_string, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from jirafe_api.contract.json_schemas import SCHEMAS
from jirafe_api.description import events, reading, trackers
from jirafe_api.description.openapi import JSON, Described, Operation, content, describe
from jirafe_api.errors import Missing, http_error
from jirafe_api.strict_json import dumps
from jirafe_api.web.responses import cached, public

_INFO = {
    "title": "Jirafe Events API",
    "version": "2",
    "description": "Send the events of a shop one by one or in batches, and read them in pages. "
    "Version 1 is served beside version 2. "
    "Bodies from clients may be compressed by gzip. Write an integer without a fraction: 1, not "
    "1.0. Requests without a matching route are answered 404 or 405, like other errors.",
}
_HERE = Path(__file__).parent
_SWAGGER_UI = Path(str(resources.files("flask_swagger_ui"))) / "dist"
FILES = {
    "start.js": (_HERE, "text/javascript"),
    "page.css": (_HERE, "text/css"),
    "swagger-ui-bundle.js": (_SWAGGER_UI, "text/javascript"),
    "swagger-ui.css": (_SWAGGER_UI, "text/css"),
    "favicon-32x32.png": (_SWAGGER_UI, "image/png"),
}
"""The files that the pages load: folder and media type by name."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

pages = Blueprint("pages", __name__)


def _public(endpoint: str, summary: str, answer: Described, *names: str) -> Operation:
    return Operation(
        endpoint=f"pages.{endpoint}",
        variables={"name": {"type": "string", "enum": list(names)}} if names else {},
        tag="Description",
        summary=summary,
        answer=answer,
        refusals=(Missing(),) if names else (),
        needs_token=False,
    )


_OBJECT = content({"type": "object"})
_SCHEMAS_OF_V1 = [name.removeprefix("v1/") for name in SCHEMAS if name.startswith("v1/")]

OPERATIONS: tuple[Operation, ...] = (
    *events.V2,
    *reading.OPERATIONS,
    *trackers.V2,
    *trackers.V1,
    *events.V1,
    _public(
        "show_schema",
        "A JSON Schema (Draft 4) by its name",
        _OBJECT,
        *(name for name in SCHEMAS if "/" not in name),
    ),
    _public("show_schema_of_v1", "A JSON Schema (Draft 4) by its name", _OBJECT, *_SCHEMAS_OF_V1),
    _public("show_description", "This description", _OBJECT),
    _public("show_page", "A page to try calls", content({"type": "string"}, media="text/html")),
    _public("show_file", "A file of that page", content({"type": "string"}, media="*/*"), *FILES),
)
"""Every use of every route."""


def description(server: str, routes: Map) -> Described:
    """Return the description of the whole API in OpenAPI 3.1, served under the path `server`."""
    return describe(_INFO, server, routes, OPERATIONS, SCHEMAS)


@lru_cache(maxsize=8)  # by the paths under which this process serves the API
def _description(server: str, routes: Map) -> bytes:
    return dumps(description(server, routes))


@pages.get("/v2/schema/<name>.json")
def show_schema(name: str) -> Response:
    """Return a schema of version 2; its references are relative to it."""
    return _schema(name)


@pages.get("/v1/schema/<name>.json")
def show_schema_of_v1(name: str) -> Response:
    """Return a schema of version 1."""
    return _schema(f"v1/{name}")


@pages.get("/openapi.json")
def show_description() -> Response:
    """Return the description of every route, for the path under which the API is served."""
    return public(_description(request.root_path or "/", current_app.url_map), JSON)


@pages.get("/docs")
def show_page() -> Response:
    """Return the page to try calls, which loads nothing from other hosts."""
    response = cached(_content(_HERE / "docs.html"), "text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@pages.get("/docs/<name>")
def show_file(name: str) -> Response:
    """Return a file of that page."""
    if name not in FILES:
        raise Missing
    folder, media = FILES[name]
    return cached(_content(folder / name), media)


@pages.app_errorhandler(404)
def show_links(error: HTTPException) -> ResponseReturnValue:
    """Answer a browser at an unknown address with a page of links, all others with JSON."""
    accepted = request.accept_mimetypes
    wants_html = accepted["text/html"] > accepted["application/json"]
    if not wants_html or request.method not in ("GET", "HEAD"):
        return http_error(error)
    template = _content(_HERE / "lost.html").decode()
    page = render_template_string(template, root=request.root_path)
    return Response(page, 404, {"Content-Security-Policy": _POLICY, "Vary": "Accept"})


@cache  # shared by all readers, since one of the files has over a megabyte
def _content(path: Path) -> bytes:
    return path.read_bytes()


def _schema(name: str) -> Response:
    if name not in SCHEMAS:
        raise Missing
    return public(dumps(SCHEMAS[name]), JSON)
