"""A shop's API on a socket."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.spree.fake_spree.apis import Asked, FakeSpree, Query
from tests.spree.fake_spree.records import ShopData


class Server(ThreadingHTTPServer):
    """A server that does not mind callers who stop listening."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving_shop(
    shop: ShopData, version: str, kind: type[FakeSpree] = FakeSpree
) -> Iterator[FakeSpree]:
    """Serve the shop's API while the block runs."""
    fake = kind(shop, version)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer waits for an acknowledgement

        def do_GET(self) -> None:
            self._respond({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._respond(_flat(body))

        def _respond(self, form: Query) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = _flat(parts.query)
            fake.asked.append(Asked(parts.path, query, headers))
            if fake.trouble:
                status, more, raw = fake.trouble.pop(0)
            else:
                status, answer = fake.answer(parts.path, query, headers, form)
                more, raw = {}, json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(raw)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()


def _flat(text: str) -> Query:
    return {name: ",".join(values) for name, values in parse_qs(text).items()}
