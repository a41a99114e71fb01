"""The frame of all pages: sign-in, headers, error pages, and the menu."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from analytics.refresh import Freshness
from backoffice.addresses import PATHS, Address
from backoffice.reading.reader import Reader, TooSlowError
from backoffice.web.access import LIFETIME, Passwords, Right, Throttle, is_forged

log = logging.getLogger(__name__)

STYLE = Path(__file__).parents[1] / "static" / "backoffice.css"
"""The style of all pages."""

EXTENSION = "backoffice"
"""The key of the Backoffice in an application's extensions."""

TOO_SLOW = "This took too long. Choose a shorter period."

_LARGEST_FORM = 64 * 1024

_TRUSTED = "werkzeug.proxy_fix.orig"
"""The WSGI variable that is set if a trusted proxy reported the client's address."""

_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}

pages = Blueprint(
    "backoffice",
    "backoffice",
    template_folder="templates",
    static_folder="static",
    static_url_path="/dashboard/static",
)


@dataclass(frozen=True)
class Backoffice:
    """The collaborators of the pages."""

    reader: Reader
    passwords: Passwords
    throttle: Throttle
    is_open: bool
    """Whether everybody may see the pages, as in development without passwords."""
    sites: Callable[[], Sequence[str]]
    refresh: Callable[[], Freshness]
    """Counts a limited number of new events, and returns how fresh the figures are."""
    now: Callable[[], datetime]
    locale: str = "en_GB"

    @property
    def is_hidden(self) -> bool:
        """Return whether the pages are hidden because sign-in is impossible."""
        return not self.is_open and not self.passwords.are_set


def current() -> Backoffice:
    """Return the backoffice of the application."""
    found: Backoffice = current_app.extensions[EXTENSION]
    return found


@pages.before_request
def check_request() -> ResponseReturnValue | None:
    """Refuse cross-site requests."""
    if is_forged(request.method, request.headers, request.host):
        abort(403, "This request comes from another website.")
    return None


@pages.after_request
def secure(response: Response) -> Response:
    """Set headers that deny the pages everything they do not need, and forbid caching."""
    response.headers.update(_SECURITY)
    if request.endpoint != "backoffice.static":
        response.headers["Cache-Control"] = "no-store"
    return response


@pages.errorhandler(HTTPException)
def explain(error: HTTPException) -> ResponseReturnValue:
    """Answer a refused request with a page or with JSON."""
    text = error.description or error.name
    if wants_json():
        return {"error": text}, error.code or 400
    return render("problem.html", error.name.capitalize(), text=text), error.code or 400


@pages.errorhandler(Exception)
def explain_fault(error: Exception) -> ResponseReturnValue:
    """Log an unexpected error, and answer with a page or with JSON."""
    log.error("Unexpected %s on a page", type(error).__name__, exc_info=error)
    text = "This page could not be shown because of an error in this service. It has been logged."
    if wants_json():
        return {"error": text}, 500
    return render("problem.html", "Not shown", text=text), 500


def requires(right: Right) -> Callable[..., Any]:
    """Return a decorator that asks users without this right to sign in."""

    def decorator(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if current().is_open or _right() >= right:
                return view(*args, **kwargs)
            if wants_json():
                return {"error": "Sign in first."}, 401
            return redirect(url_for("backoffice.sign_in", next=request.full_path.rstrip("?")))

        return checked

    return decorator


@pages.get("/dashboard/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the form."""
    if current().is_open:
        return redirect(url_for("backoffice.overview"))
    return render_template("sign_in.html", title="Sign in", host=request.host, problem="")


@pages.post("/dashboard/sign-in")
def try_to_sign_in() -> ResponseReturnValue:
    """Start a session if the password is correct."""
    request.max_content_length = _LARGEST_FORM  # larger ones would fill the disk
    office, client = current(), request.remote_addr or ""
    problem = "Too many wrong passwords. Wait five minutes and try again."
    status = 429
    is_proxied = "X-Forwarded-For" in request.headers and _TRUSTED not in request.environ
    if not office.throttle.is_blocked(client, is_shared=is_proxied):
        if office.passwords.sign_in(
            session, request.form.get("password", ""), office.now().timestamp()
        ):
            session.permanent = True
            return redirect(_own_address(request.args.get("next", "")))
        office.throttle.record_failure(client)
        problem, status = "That password is not right. Check it and try again.", 401
    page = render_template("sign_in.html", title="Sign in", host=request.host, problem=problem)
    return page, status


@pages.post("/dashboard/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    session.clear()
    return redirect(url_for("backoffice.sign_in"))


def render(template: str, title: str, **values: Any) -> str:
    """Return a page with the menu."""
    address: Address = values.get("address") or Address("overview", {})
    return render_template(
        template,
        title=title,
        pages=[(name.capitalize(), address.url(name)) for name in PATHS],
        can_sign_out=not current().is_open,
        **values,
    )


def _right() -> Right:
    return current().passwords.right_in(session, current().now().timestamp())


def wants_json() -> bool:
    """Return whether the request asks for JSON instead of a page."""
    if request.path.endswith(".json"):
        return True
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"


def _own_address(wanted: str) -> str:
    """Return the page to show after signing in, which is never on another host."""
    parts = urlsplit(wanted)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/dashboard")
    return wanted if is_ours and "\\" not in wanted else url_for("backoffice.overview")


def unavailable(error: Exception) -> ResponseReturnValue:
    """Answer 503 if a question took too long, or the database cannot be used."""
    is_slow = isinstance(error, TooSlowError)
    text = TOO_SLOW if is_slow else "The database cannot be used now."
    headers = {"Retry-After": "5"}
    if wants_json():
        error_text = text if is_slow else f"{text} Try again in a moment."
        return {"error": error_text}, 503, headers
    page = render("problem.html", "Not now", text=text, again=request.full_path)
    return page, 503, headers


def connect(site: str) -> dict[str, str]:
    """Return the settings that a shop needs to send to this service."""
    base = request.host_url.rstrip("/")
    return {
        "site": site,
        "endpoint": f"{base}/import_order",
        "beacon": f"{base}/jirafe/jirafe_api.js",
    }


SESSION = {
    "SESSION_COOKIE_NAME": "jirafe_session",
    "SESSION_COOKIE_PATH": "/dashboard",
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "PERMANENT_SESSION_LIFETIME": LIFETIME,
}
"""The options of the session's cookie; Secure is added in production."""


class PageSessions(SecureCookieSessionInterface):
    """Opens sessions only below the cookie's path, because opening one is slow."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a request for a page, None for every other request."""
        if request.path.startswith(self.get_cookie_path(app)):
            return super().open_session(app, request)
        return None
