"""(b) The cost of one message in one process, step by step."""

import itertools
import logging
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from werkzeug.test import run_wsgi_app

import mappers
from benchmarks.in_process import clocks
from benchmarks.in_process.clocks import Cost
from benchmarks.in_process.state import remembering
from benchmarks.messages import KINDS, Kind
from benchmarks.servers import processes
from jirafe_endpoint import create_app
from jirafe_endpoint.jirafe.client import JirafeClient
from jirafe_endpoint.jirafe.encoding import EncodedEvent, resource_and_body
from jirafe_endpoint.jirafe.encoding import encode as encode_event
from jirafe_endpoint.jirafe.http_transport import HttpTransport
from jirafe_endpoint.messages import envelopes, message

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


Steps = dict[str, Cost]
"""The cost of each step, by its name."""


def measure() -> dict[str, Steps]:
    """Return the steps of each message type."""
    logging.getLogger("jirafe_endpoint").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as name, processes.upstream(Path(name)) as upstream:
        upstream.wait()
        return {kind.type: _steps(kind, upstream.url, Path(name)) for kind in KINDS.values()}


def _steps(kind: Kind, url: str, folder: Path) -> Steps:
    body = kind.body(1)
    message = parsed(body)
    events = mapped(message)
    with remembering(folder / kind.subject, 0) as remember:
        parse, read, map_, encode_, store, client, whole = clocks.costs_in_turn(
            [
                lambda: parsed(body),
                lambda: drafted(message),
                lambda: mapped(message),
                lambda: resource_and_body(encode(events)),
                remember(kind),
                post(url, encode(events)),
                application(kind, url, folder),
            ]
        )
    return {
        "parse: the message": parse,
        "read: the draft": read,
        "map: the events of the draft": map_.without(read),
        "encode: the events, the batch": encode_,
        "store: claim and settle": store,
        "client: one post": client,
        "Flask, lanes, reply: the rest": whole.without(parse, map_, encode_, store, client),
        "all of it: the WSGI application": whole,
    }


def parsed(body: bytes) -> message.Message:
    """Return the message of a request's body."""
    return envelopes.message(envelopes.parsed(body), None)


def mapped(message: message.Message) -> list[mappers.Event]:
    """Return the message's events, as the service maps them."""
    return drafted(message).events({}).events


def drafted(message: message.Message) -> mappers.Draft:
    """Return the draft of a message."""
    return mappers.read_message(message.type, message.payload, message.mapping_parameters, NOW)


def encode(events: list[mappers.Event]) -> list[EncodedEvent]:
    """Return the events as they are sent."""
    return [encode_event(event) for event in events]


def post(url: str, events: list[EncodedEvent]) -> Callable[[], object]:
    """Return a function that posts the events once."""
    client = JirafeClient(HttpTransport(f"{url}/v2", "benchmarks", 3), 10)
    return lambda: client.send("demo-shop", "demo-token", events, time.monotonic() + 10)


def application(kind: Kind, url: str, folder: Path) -> Callable[[], object]:
    """Return a function that has the application answer a new message, without a server."""
    app = create_app(
        JIRAFE_API_URL=f"{url}/v2",
        DATABASE_URL=f"sqlite:///{folder}/whole-{kind.subject}.db",
        ENDPOINT_KEY="",
        APP_ENV="development",
    )
    serials = itertools.count(1)

    def answer() -> None:
        environ = _environ(kind, kind.body(next(serials)))
        _, status, _ = run_wsgi_app(app, environ, buffered=True)
        if status != "200 OK":
            raise SystemExit(f"The application answered {status}")

    return answer


def _environ(kind: Kind, body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": kind.path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "wsgi.url_scheme": "http",
    }
