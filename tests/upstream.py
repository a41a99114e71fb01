"""A Jirafe Events API on a real socket, with answers set by the test, which records requests."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.serving import free_port


@dataclass(frozen=True)
class Sent:
    method: str
    path: str
    headers: Message
    body: bytes
    port: int
    """The caller's port: the same for all requests of one connection."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


ACCEPTED = Answer(200, '{"success": true}')
PROVEN = Answer(200, "{}")


@dataclass
class Upstream:
    """The requests received, and the answer to give: an Answer, or a function of the raw socket.

    Batches without events, which prove a token, are kept and answered apart from all others.
    """

    url: str = ""
    proofs: list[Sent] = field(default_factory=list)
    proof: Answer = PROVEN
    requests: list[Sent] = field(default_factory=list)
    answer: Callable[[Sent], Answer | Callable[[socket.socket], None]] = lambda _: ACCEPTED
    listener: socket.socket | None = None

    def always(self, status: int, body: str, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = lambda _: Answer(status, body, named)


def accept_all(sent: Sent) -> Answer:
    """Accept every event of a batch."""
    results = {kind: [{"success": True}] * len(events) for kind, events in sent.json.items()}
    return Answer(200, json.dumps(results))


@contextmanager
def running_upstream(tls: ssl.SSLContext | None = None) -> Iterator[Upstream]:
    upstream = Upstream()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # keeps connections open
        disable_nagle_algorithm = True  # head and body of an answer are written one by one

        def handle(self) -> None:
            with suppress(
                ConnectionError, ssl.SSLError
            ):  # the caller may have gone before the answer
                super().handle()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sent = Sent(self.command, self.path, self.headers, body, self.client_address[1])
            is_proof = sent.path.endswith("/batch") and body == b"{}"
            (upstream.proofs if is_proof else upstream.requests).append(sent)
            answer = upstream.proof if is_proof else upstream.answer(sent)
            if callable(answer):
                self.close_connection = True
                answer(self.connection)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body.encode())))
            self.end_headers()
            self.wfile.write(answer.body.encode())

        do_GET = do_POST  # noqa: N815 - the server's own form

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
    server.socket.listen(128)  # the class's own 5 make a crowd of callers wait for a second
    upstream.listener = server.socket
    upstream.url = f"http://127.0.0.1:{server.server_port}/v2"
    if tls:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        upstream.url = f"https://localhost:{server.server_port}/v2"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield upstream
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()
