"""Calls a Jirafe Events API in this process, without a socket."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from werkzeug.test import EnvironBuilder, run_wsgi_app

from jirafe_endpoint.jirafe import responses
from jirafe_endpoint.jirafe.responses import Answer, Failure

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class EmbeddedTransport:
    """Calls a WSGI application; time-outs and connections have no meaning here."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def post(
        self, path: str, headers: Mapping[str, str], body: bytes, _deadline: float
    ) -> Answer | Failure:
        """Return the application's answer to a POST."""
        environ = EnvironBuilder(
            path=f"/v2{path}", method="POST", headers=list(headers.items()), data=body
        ).get_environ()
        return self._call(environ)

    def probe(self, _seconds: float) -> Answer | Failure:
        """Return the application's answer to a GET of its base."""
        return self._call(EnvironBuilder(path="/v2").get_environ())

    def _call(self, environ: dict[str, object]) -> Answer:
        chunks, status, headers = run_wsgi_app(self._application, environ, buffered=True)
        wait = responses.retry_after(headers.get("Retry-After"))
        return Answer(int(status.split(" ", 1)[0]), b"".join(chunks), wait)
