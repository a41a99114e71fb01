"""(b) The cost of one message in one process, step by step."""

import itertools
import logging
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from werkzeug.test import run_wsgi_app

import mappers
from benchmarks import clocks, servers
from benchmarks.clocks import Cost
from benchmarks.messages import KINDS, Kind
from benchmarks.remembered import remembering
from jirafe_endpoint import create_app
from jirafe_endpoint.jirafe.client import JirafeClient
from jirafe_endpoint.jirafe.encoding import Outgoing, outgoing, resource_and_body
from jirafe_endpoint.jirafe.session import build_session
from jirafe_endpoint.messages import envelopes, message
from mappers.reading import refusals
from mappers.reading.orders import CartPayload, OrderPayload

PAYLOADS = {"order": OrderPayload, "cart": CartPayload}
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


Steps = dict[str, Cost]
"""The cost of each step, by what it is."""


def measure() -> dict[str, Steps]:
    """Return the steps of each message type."""
    logging.getLogger("jirafe_endpoint").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as name, servers.upstream(Path(name)) as upstream:
        upstream.wait()
        return {kind.type: _steps(kind, upstream.url, Path(name)) for kind in KINDS.values()}


def _steps(kind: Kind, url: str, folder: Path) -> Steps:
    body = kind.body(1)
    message = parsed(body)
    events = mapped(message)
    with remembering(folder / kind.subject, 0) as remember:
        parse, load_, map_, encode_, store, client, whole = clocks.costs_in_turn(
            [
                lambda: parsed(body),
                lambda: refusals.read(PAYLOADS[kind.subject], message.payload),
                lambda: mapped(message),
                lambda: resource_and_body(encode(events)),
                remember(kind),
                post(url, encode(events)),
                application(kind, url, folder),
            ]
        )
    return {
        "parse: the message": parse,
        "read: the payload": load_,
        "map: the rest": map_.without(load_),
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
    parameters = {name: message.text(name) for name in message.parameters}
    return mappers.read_message(message.type, message.payload, parameters, NOW).events({}).events


def encode(events: list[mappers.Event]) -> list[Outgoing]:
    """Return the events as they are sent."""
    return [outgoing(event) for event in events]


def post(url: str, events: list[Outgoing]) -> Callable[[], object]:
    """Return what posts the events once."""
    client = JirafeClient(build_session("benchmarks"), f"{url}/v2", 3, 10)
    return lambda: client.send("demo-shop", "demo-token", [events])


def application(kind: Kind, url: str, folder: Path) -> Callable[[], object]:
    """Return what has the whole application answer a new message, without a server."""
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
