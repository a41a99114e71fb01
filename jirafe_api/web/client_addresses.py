"""Find the address of a client, even behind a proxy."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class ClientAddresses:
    """Reads the client's address from X-Forwarded-For if a trusted proxy sent the request.

    It uses the last address, which that proxy saw; clients can forge the others.
    """

    def __init__(self, application: "WSGIApplication", trusted: str) -> None:
        self._direct = application
        self._forwarded = ProxyFix(application, x_for=1, x_proto=0, x_host=0)
        self._trusted = {address.strip() for address in trusted.split(",")} - {""}

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer as the application does with the client's own address."""
        is_trusted = "*" in self._trusted or environ.get("REMOTE_ADDR") in self._trusted
        application = self._forwarded if is_trusted else self._direct
        return application(environ, start_response)
