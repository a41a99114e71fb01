"""What anybody may see: what this is, its manifest and icon; and whether a key is the right one."""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.office import EXTENSION as BACKOFFICE
from jirafe_endpoint.messages.services import SERVICES
from jirafe_endpoint.web.auth import require_key
from jirafe_endpoint.web.manifest import ICON, manifest

_ICON_FILE = Path(__file__).with_name(ICON)

about = Blueprint("about", __name__, template_folder="templates")


@about.get("/")
def home() -> ResponseReturnValue:
    """Show what this is: as a page, or as JSON where that is asked for."""
    accepted = request.accept_mimetypes
    told: dict[str, Any] = {
        "name": "jirafe-endpoint",
        "version": current_app.config["VERSION"],
        "description": manifest()["description"],
        "manifest": "/endpoint.json",
        "health": "/health",
        "ready": "/ready",
        "documentation": "README.md",
    }
    if "jirafe_api" in current_app.extensions:
        told["api"] = "/jirafe/docs"
    if accepted.best_match(["text/html", "application/json"]) == "application/json":
        return told
    backoffice = current_app.extensions.get(BACKOFFICE)
    dashboard = "/dashboard" if backoffice and not backoffice.is_hidden else ""
    return render_template(
        "home.html", told=told, icon=ICON, services=SERVICES, dashboard=dashboard
    )


@about.get("/endpoint.json")
def endpoint_json() -> dict[str, Any]:
    """Answer with the manifest."""
    return manifest()


@about.get(f"/{ICON}")
def icon() -> Response:
    """Answer with the icon."""
    kept = {"Cache-Control": "public, max-age=86400"}
    return Response(_ICON_FILE.read_bytes(), mimetype="image/svg+xml", headers=kept)


@about.get("/auth")
def auth() -> dict[str, Any]:
    """Answer 200 where the key is right or none is needed, else 401."""
    require_key()
    return {"authorized": True}
