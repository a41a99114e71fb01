"""Request ids and security headers, also for the hosted API."""

import re
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from logs import REQUEST_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
"""Defaults for answers that do not set them."""

_BY_LOWER_NAME = [(name.lower(), (name, value)) for name, value in SECURITY_HEADERS.items()]

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class RequestIds:
    """Gives each request an id: the platform's X-Request-ID, or a new one.

    It is in every log line of the request and is passed to Jirafe.
    """

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer as the application does."""
        given = environ.get("HTTP_X_REQUEST_ID", "")
        token = REQUEST_ID.set(given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16))
        try:
            return self._application(environ, start_response)
        finally:
            REQUEST_ID.reset(token)


class SecurityHeaders:
    """Adds SECURITY_HEADERS to each answer."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer as the application does, with additional headers."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            given = {name.lower() for name, _ in headers}
            more = [one for name, one in _BY_LOWER_NAME if name not in given]
            return start_response(status, headers + more, *rest)

        return self._application(environ, start)
