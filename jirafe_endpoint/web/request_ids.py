"""The id by which the platform knows a request: in every log line of it, and on to Jirafe."""

import re
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FORM = re.compile(r"[A-Za-z0-9_-]{1,64}")


class RequestIds:
    """A WSGI application whose requests each have an id: X-Request-ID's, or a new one."""

    def __init__(self, application: "WSGIApplication") -> None:
        """Take the application."""
        self._application = application

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer as the application does."""
        told = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = told if _FORM.fullmatch(told) else uuid.uuid4().hex
        with bound_contextvars(request_id=request_id):
            return self._application(environ, start_response)
