"""HTTP to a Jirafe Events API elsewhere, limited in time and size.

Socket timeouts do not limit DNS lookups, and they restart for every address of a host and every
byte of an answer. Here, each timeout is a budget for the whole operation.
"""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError
from urllib3.util import Timeout, create_urllib3_context

from jirafe_endpoint.jirafe import responses
from jirafe_endpoint.jirafe.responses import Answer, Failure

CONNECTIONS = 64
"""Connections kept open to the API. Most callers share a post, so more are hardly needed."""

LONGEST_ANSWER = 10 * 1024 * 1024

_NOT_IN_TIME = Failure("Jirafe did not answer in time.", was_sent=False)


class HttpTransport:
    """Calls the API at a base URL, which includes its version.

    `connect_time` limits the connecting part of a call, in seconds. `ca_file` has the certificates
    to trust, if not the usual ones. The session uses no proxy and no `.netrc` of the machine, which
    could replace the token, and no cookies, which would leak from one site's requests to another's.
    It accepts no compression, which could hide an answer of any size.
    """

    def __init__(
        self, base_url: str, user_agent: str, connect_time: float, ca_file: str | None = None
    ) -> None:
        self._url = base_url
        self._connect_time = connect_time
        self._session = session = requests.Session()
        session.trust_env = False
        session.verify = ca_file or True
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        session.headers.update(self._headers)
        session.mount(base_url, adapter := _Adapter(pool_maxsize=CONNECTIONS))
        self._request = session.prepare_request(requests.Request("POST", base_url))
        pool = adapter.get_connection_with_tls_context(self._request, session.verify)
        self._pool = cast("HTTPConnectionPool", pool)

    def post(
        self, path: str, headers: Mapping[str, str], body: bytes, deadline: float
    ) -> Answer | Failure:
        """Return the answer to a POST before the monotonic `deadline`. Nothing is raised."""
        left = deadline - time.monotonic()
        if left <= 0:
            return _NOT_IN_TIME
        try:
            # Without the session, which costs more than twice as much per request.
            answer = self._pool.urlopen(
                "POST",
                f"{self._request.path_url}{path}",
                body,
                {**self._headers, **headers},
                retries=False,
                redirect=False,
                timeout=self._timeout(left),
                preload_content=False,
            )
            content = _read(answer.stream(65536, decode_content=False))
            if len(content) > LONGEST_ANSWER:
                answer.close()
        except HTTPError as error:
            return _failure(error)
        wait = responses.retry_after(answer.headers.get("Retry-After"))
        return Answer(answer.status, content, wait)

    def probe(self, seconds: float) -> Answer | Failure:
        """Return the status of a GET of the base URL, without its body. Nothing is raised."""
        try:
            with self._session.get(
                self._url,
                timeout=self._timeout(seconds),  # type: ignore[arg-type]
                allow_redirects=False,
                stream=True,
            ) as answer:
                return Answer(answer.status_code, b"", None)
        except (requests.RequestException, HTTPError) as error:
            reason = getattr(error.args[0] if error.args else None, "reason", error)
            return _failure(reason or error)

    def _timeout(self, left: float) -> Timeout:
        return Timeout(total=left, connect=min(left, self._connect_time))


def _read(chunks: Iterable[bytes]) -> bytes:
    """Return the content, cut off soon after LONGEST_ANSWER."""
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > LONGEST_ANSWER:
            break
    return bytes(content)


def _failure(error: Exception) -> Failure:
    """Return what went wrong in our own words, because the error's text quotes the URL."""
    if isinstance(error, NewConnectionError):
        return Failure("Jirafe could not be reached.", was_sent=False)
    if isinstance(error, ConnectTimeoutError):
        return Failure("Jirafe could not be reached in time.", was_sent=False)
    if isinstance(error, (HTTPTimeoutError, requests.Timeout)) or "timed out" in str(error):
        return Failure("Jirafe did not answer in time.", was_sent=True)
    return Failure("The connection to Jirafe broke.", was_sent=True)


class _Budget:
    """Turns each timeout set on a socket into a budget for everything read until the next one.

    urllib3 sets a timeout for each request that it sends and each answer that it waits for.
    """

    _ends: float | None = None

    def settimeout(self, seconds: float | None) -> None:
        self._ends = None if seconds is None else time.monotonic() + seconds
        super().settimeout(seconds)  # type: ignore[misc]

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        if self._ends is not None:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            super().settimeout(left)  # type: ignore[misc]
        received: int = super().recv_into(*args, **kwargs)  # type: ignore[misc]
        return received


class _Socket(_Budget, socket.socket):
    pass


class _TLSSocket(_Budget, ssl.SSLSocket):
    pass


class _BoundedConnect(HTTPConnection):
    """Uses one timeout for the DNS lookup, all addresses and the TLS handshake together."""

    _ends = 0.0

    def connect(self) -> None:
        self._ends = time.monotonic() + float(self.timeout or 0)
        super().connect()
        if time.monotonic() >= self._ends:  # the request must not be sent any more
            self.close()
            raise ConnectTimeoutError(self, "timed out")

    def _new_conn(self) -> socket.socket:
        error: OSError | None = None
        try:
            addresses = _look_up(self._dns_host, self.port, self._left())
            for number, address in enumerate(addresses):
                try:  # the addresses that are left share the rest of the time
                    return self._connected(address, self._left() / (len(addresses) - number))
                except OSError as raised:
                    error = raised
        except OSError as raised:
            error = raised
        if isinstance(error, TimeoutError):
            raise ConnectTimeoutError(self, "timed out") from error
        raise NewConnectionError(self, "no connection") from error

    def _left(self) -> float:
        return max(0.001, self._ends - time.monotonic())

    def _connected(self, address: Any, seconds: float) -> socket.socket:
        family, kind, protocol, _, where = address
        connection = _Socket(family, kind, protocol)
        try:
            for option in self.socket_options or ():
                connection.setsockopt(*option)
            connection.settimeout(seconds)
            connection.connect(where)
            connection.settimeout(self._left())
        except BaseException:
            connection.close()
            raise
        return connection


def _look_up(host: str, port: int, seconds: float) -> list[Any]:
    """Return the addresses of a host; raise OSError, or TimeoutError if it takes too long."""
    found: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error if isinstance(error, OSError) else OSError("no such name"))

    # The resolver cannot be interrupted; a thread that hangs in it is left alone.
    threading.Thread(target=look_up, name="look up Jirafe", daemon=True).start()
    try:
        addresses = found.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError("timed out") from None
    if isinstance(addresses, OSError):
        raise addresses
    return addresses


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _BoundedConnect


class _TLSConnection(_BoundedConnect, HTTPSConnection):
    pass


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _Adapter(HTTPAdapter):
    """Uses the connection classes above."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context()
        context.sslsocket_class = _TLSSocket
        super().init_poolmanager(*args, ssl_context=context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TLSPool}
