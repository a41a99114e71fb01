"""A page to try the API by, and what it loads: nothing of it is from another host."""

from importlib import resources
from pathlib import Path

from flask import Blueprint, Response

from jirafe_api.errors import Missing
from jirafe_api.web.caching import cached

_HERE = Path(__file__).parent
_SWAGGER_UI = Path(str(resources.files("flask_swagger_ui"))) / "dist"
PARTS = {
    "start.js": (_HERE, "text/javascript"),
    "swagger-ui-bundle.js": (_SWAGGER_UI, "text/javascript"),
    "swagger-ui.css": (_SWAGGER_UI, "text/css"),
    "favicon-32x32.png": (_SWAGGER_UI, "image/png"),
}
"""What the page loads by name: the folder that it is in, and its media type."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

pages = Blueprint("pages", __name__)


@pages.get("/docs")
def show_page() -> Response:
    """The page, which loads nothing from elsewhere."""
    response = cached((_HERE / "docs.html").read_bytes(), "text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@pages.get("/docs/<file>")
def show_part(file: str) -> Response:
    """A part of the page."""
    if file not in PARTS:
        raise Missing
    folder, media = PARTS[file]
    return cached((folder / file).read_bytes(), media)
