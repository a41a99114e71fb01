"""Public pages: the home page, the manifest and the icon; and a check of the caller's key."""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.web.office import EXTENSION as BACKOFFICE
from jirafe_endpoint.messages.services import SERVICES
from jirafe_endpoint.web.auth import require_key
from jirafe_endpoint.web.manifest import ICON, manifest

_ICON_FILE = Path(__file__).with_name(ICON)

about = Blueprint("about", __name__, template_folder="templates")


@about.get("/")
def home() -> ResponseReturnValue:
    """Describe the service, as HTML or, if the client prefers it, as JSON."""
    accepted = request.accept_mimetypes
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
    if accepted.best_match(["text/html", "application/json"]) == "application/json":
        return overview
    backoffice = current_app.extensions.get(BACKOFFICE)
    dashboard = "/dashboard" if backoffice and not backoffice.is_hidden else ""
    return render_template(
        "home.html", overview=overview, icon=ICON, services=SERVICES, dashboard=dashboard
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


@about.get("/auth")
def auth() -> dict[str, Any]:
    """Return 200 if the key is right or none is configured, else 401."""
    require_key()
    return {"authorized": True}
