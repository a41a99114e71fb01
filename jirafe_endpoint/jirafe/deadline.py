"""A transport whose time-outs bound the whole answer, not each of its bytes.

The read time-out of sockets starts anew with every byte, so that a server that drips holds a
call for ever. Here each time-out that is set on a socket is a budget for all that is read until
the next one is set; urllib3 sets one for each request it sends and each answer it awaits.
"""

import socket
import ssl
import time
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.util import create_urllib3_context


class _Budget:
    """What a socket class becomes by it: see this module's first lines."""

    _ends: float | None = None

    def settimeout(self, seconds: float | None) -> None:
        self._ends = None if seconds is None else time.monotonic() + seconds
        super().settimeout(seconds)  # type: ignore[misc]

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        if self._ends is not None:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer took too long")
            super().settimeout(left)  # type: ignore[misc]
        received: int = super().recv_into(*args, **kwargs)  # type: ignore[misc]
        return received


class _Socket(_Budget, socket.socket):
    pass


class _TLSSocket(_Budget, ssl.SSLSocket):
    pass


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        plain = super()._new_conn()
        timeout = plain.gettimeout()
        budgeted = _Socket(plain.family, plain.type, plain.proto, fileno=plain.detach())
        budgeted.settimeout(timeout)
        return budgeted


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class DeadlineAdapter(HTTPAdapter):
    """Sends requests whose read time-out is that of the whole answer."""

    def __init__(self, connections: int) -> None:
        """Take how many connections are kept open for the next requests."""
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, of connections with such sockets."""
        context = create_urllib3_context()
        context.sslsocket_class = _TLSSocket
        super().init_poolmanager(*args, ssl_context=context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": HTTPSConnectionPool}
