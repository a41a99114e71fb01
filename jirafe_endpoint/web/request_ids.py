"""The id by which the platform knows a request: in each of its log lines, and sent on to Jirafe."""

import re
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from logs import REQUEST_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FORM = re.compile(r"[A-Za-z0-9_-]{1,64}")


class RequestIds:
    """A WSGI middleware that gives each request the id in X-Request-ID, or a new one."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer as the application does."""
        given = environ.get("HTTP_X_REQUEST_ID", "")
        token = REQUEST_ID.set(given if _FORM.fullmatch(given) else uuid.uuid4().hex)
        try:
            return self._application(environ, start_response)
        finally:
            REQUEST_ID.reset(token)
