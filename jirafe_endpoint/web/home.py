"""Public pages: the home page, the page for unknown addresses, the manifest and their files.

Also a check of the caller's key.
"""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.web.office import EXTENSION as BACKOFFICE
from backoffice.web.office import STYLE
from jirafe_endpoint.messages.services import SERVICES
from jirafe_endpoint.web.auth import require_key
from jirafe_endpoint.web.manifest import ICON, manifest

_ICON_FILE = Path(__file__).with_name(ICON)

about = Blueprint("about", __name__, template_folder="templates")


@about.get("/")
def home() -> ResponseReturnValue:
    """Describe the service as HTML, or as JSON if the client prefers that."""
    overview: dict[str, Any] = {
        "name": "jirafe-endpoint",
        "version": current_app.config["VERSION"],
        "description": manifest()["description"],
        "manifest": "/endpoint.json",
        "health": "/health",
        "ready": "/ready",
        "documentation": "README.md",
    }
    if "jirafe_api" in current_app.extensions:
        overview["api"] = "/jirafe/docs"
    accepted = request.accept_mimetypes
    if accepted.best_match(["text/html", "application/json"]) == "application/json":
        return overview
    return _page("home.html", "Jirafe endpoint", overview=overview, services=SERVICES)


def is_for_people() -> bool:
    """Return whether a browser asks for a page, which it does by preferring HTML."""
    accepted = request.accept_mimetypes
    wants_html = accepted["text/html"] > accepted["application/json"]
    return wants_html and request.method in ("GET", "HEAD")


def lost(title: str, text: str) -> str:
    """Return a page that says why there is nothing here, with links to other pages."""
    return _page("lost.html", title, text=text)


def _page(template: str, title: str, **values: Any) -> str:
    backoffice = current_app.extensions.get(BACKOFFICE)
    return render_template(
        template,
        title=title,
        icon=ICON,
        dashboard="/dashboard" if backoffice and not backoffice.is_hidden else "",
        api="/jirafe/docs" if "jirafe_api" in current_app.extensions else "",
        **values,
    )


@about.get("/endpoint.json")
def endpoint_json() -> dict[str, Any]:
    """Return the manifest."""
    return manifest()


@about.get(f"/{ICON}")
def icon() -> Response:
    """Return the icon."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(_ICON_FILE.read_bytes(), mimetype="image/svg+xml", headers=headers)


@about.get("/page.css")
def style() -> Response:
    """Return the style of the dashboard, which these pages share even where it is hidden."""
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(STYLE.read_bytes(), mimetype="text/css", headers=headers)


@about.get("/auth")
def auth() -> dict[str, Any]:
    """Return 200 if the key is right or none is configured, else 401."""
    require_key()
    return {"authorized": True}
