"""gunicorn's gevent worker, with a deadline for each part of a request.

Gunicorn's own timeouts restart with every byte, so a client that sends slowly could hold a
connection forever. This module is not in a package because gunicorn loads it before the service.
"""

import errno
import math
import struct
import sys
import time
from contextlib import suppress
from typing import Any

import gevent.socket  # type: ignore[import-untyped]
from gevent.server import StreamServer  # type: ignore[import-untyped]
from gunicorn import glogging  # type: ignore[import-untyped]
from gunicorn.workers import ggevent  # type: ignore[import-untyped]
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]

BODY_TIME = 10.0
"""Seconds for a body to arrive. Gunicorn's `keepalive` limits the head."""

ANSWER_TIME = 10.0
"""Seconds for a client to receive its answer, from the first byte."""

LINGER_TIME = 1.0
"""Seconds for a client to finish sending its body after the answer.

A client that is cut off while it is sending would lose the answer.
"""

_DISCARD_UNSENT = struct.pack("ii", 1, 0)

UNSENT = 128 * 1024
"""Bytes of an answer that the kernel buffers for a client; it uses twice as much memory.

By default it buffers megabytes, and a thousand slow clients would use up the memory of all sockets.
"""

ACCEPTED_TOGETHER = 8
"""Connections that a worker accepts at a time; the others are left to other workers."""

LINGER_SIZE = 64 * 1024 * 1024


class BoundedSocket(gevent.socket.socket):  # type: ignore[misc]  # has no types
    """A client's socket that cuts off slow clients."""

    _reads_until = math.inf
    _writes_until = math.inf

    def start_request(self) -> None:
        """Start the time limit for the body; the answer's starts with the answer."""
        self._reads_until = time.monotonic() + BODY_TIME
        self._writes_until = math.inf

    def end_answer(self) -> None:
        """Start the time limit for the rest of the body."""
        self._reads_until = time.monotonic() + LINGER_TIME

    def end_request(self) -> None:
        """Lift all limits but gunicorn's until the next request."""
        self._reads_until = self._writes_until = math.inf

    def recv(self, *args: Any) -> Any:
        """Receive data within the time limit."""
        try:
            self._set_timeout(self._reads_until)
            return super().recv(*args)
        except TimeoutError:
            raise _too_slow() from None

    def sendall(self, *args: Any) -> Any:
        """Send everything within the time limit."""
        if self._writes_until == math.inf:
            self._writes_until = time.monotonic() + ANSWER_TIME
        try:
            self._set_timeout(self._writes_until)
            return super().sendall(*args)
        except TimeoutError:
            # Otherwise the kernel goes on sending what it buffers, after the socket is closed.
            self.setsockopt(gevent.socket.SOL_SOCKET, gevent.socket.SO_LINGER, _DISCARD_UNSENT)
            raise _too_slow() from None

    def close(self) -> None:
        """Close the connection once the client has its answer."""
        if self.fileno() >= 0:
            self._linger()
        super().close()

    def _linger(self) -> None:
        taken = 0
        self._reads_until = time.monotonic() + LINGER_TIME
        with suppress(OSError):
            self.shutdown(gevent.socket.SHUT_WR)
            while taken < LINGER_SIZE and (chunk := self.recv(65536)):
                taken += len(chunk)

    def _set_timeout(self, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(None if left == math.inf else left)


def _too_slow() -> OSError:
    """Return an error that makes gunicorn drop the client silently."""
    return OSError(errno.ECONNRESET, "The client is too slow.")


class Server(StreamServer):  # type: ignore[misc]  # has no types
    """Accepts several connections each time that the worker gets to it.

    Gunicorn sets the number to one if there are several workers. While a busy worker answers the
    messages of other connections, new ones would wait for a second.
    """

    max_accept = property(lambda _: ACCEPTED_TOGETHER, lambda _, value: None)  # noqa: ARG005


ggevent.StreamServer = Server  # the only way to give gunicorn's worker another one


class Worker(GeventWorker):  # type: ignore[misc]  # has no types
    """A gevent worker with BoundedSocket."""

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve the requests of one connection."""
        family, kind, protocol = client.family, client.type, client.proto
        bounded = BoundedSocket(family, kind, protocol, fileno=client.detach())
        bounded.setsockopt(gevent.socket.SOL_SOCKET, gevent.socket.SO_SNDBUF, UNSENT)
        super().handle(listener, bounded, addr)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        """Serve one request."""
        sock.start_request()
        try:
            result = super().handle_request(listener_name, req, sock, addr)
            sock.end_answer()
            while req.body.read(65536):
                pass
            return result
        finally:
            sock.end_request()


class Logger(glogging.Logger):  # type: ignore[misc]  # has no types
    """Writes gunicorn's log lines like all others, without anything that a client sent.

    Texts of errors and debug lines quote heads and bodies, which hold keys and personal data.
    """

    def setup(self, cfg: Any) -> None:
        """Pass all records to the root logger."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log nothing."""

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log a warning; for an invalid request, log only the class of the error."""
        error = sys.exception()
        if error:
            msg, args = "Invalid request: %s", (type(error).__name__,)
        self.error_log.warning(msg, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log where the current exception was raised, without its text and the request's URL."""
        is_plain = isinstance(msg, str) and not args
        self.error_log.exception(msg if is_plain else "Error handling a request", **kwargs)
