"""A requests transport that calls a WSGI application in this process, without a socket."""

from io import BytesIO
from typing import TYPE_CHECKING

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from werkzeug.test import EnvironBuilder, run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class EmbeddedAdapter(HTTPAdapter):
    """Answers requests by an application of this process.

    The kept libraries for this are not kept any more; Werkzeug does the WSGI, and requests'
    own adapter makes the response.
    """

    def __init__(self, application: "WSGIApplication") -> None:
        """Take the application that answers."""
        super().__init__()
        self._application = application

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, **_: object
    ) -> requests.Response:
        """Return the application's answer; time-outs, TLS and proxies have no meaning here."""
        environ = EnvironBuilder(
            path=request.path_url,
            method=request.method or "GET",
            headers=list(request.headers.items()),
            data=request.body,
        ).get_environ()
        chunks, status, answer_headers = run_wsgi_app(self._application, environ, buffered=True)
        body = HTTPResponse(
            body=BytesIO(b"".join(chunks)),
            headers=dict(answer_headers),
            status=int(status.split(" ", 1)[0]),
            preload_content=False,
        )
        return self.build_response(request, body)
