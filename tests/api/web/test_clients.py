"""Clients of Jirafe's own API, byte for byte: they only need another base URL."""

import http.client
import json
import socket

import pytest

from jirafe_api.description.shared import EXAMPLES
from tests.api.events import OK, refused
from tests.serving import serving

JSON = "Content-Type: application/json"
FORMS = {
    "DataFire": [
        "Authorization: Bearer {token}",
        JSON,
        "User-Agent: DataFire",
        "host: {host}",
        "content-length: {length}",
        "Connection: keep-alive",
    ],
    "swagger-client": [
        "host: {host}",
        "connection: keep-alive",
        "authorization: Bearer {token}",
        "accept: application/json",
        "content-type: text/plain;charset=UTF-8",
        "accept-language: *",
        "sec-fetch-mode: cors",
        "user-agent: node",
        "accept-encoding: gzip, deflate",
        "content-length: {length}",
    ],
    "HTTParty": [
        "Authorization: Bearer {token}",
        JSON,
        "Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
        "Accept: */*",
        "User-Agent: Ruby",
        "Connection: close",
        "Host: {host}",
        "Content-Length: {length}",
    ],
    "requests": [
        "Host: {host}",
        "User-Agent: python-requests/2.32.3",
        "Accept-Encoding: gzip, deflate",
        "Accept: */*",
        "Connection: keep-alive",
        "Content-Length: {length}",
        JSON,
        "Authorization: Bearer {token}",
    ],
    "curl -d": [
        "Host: {host}",
        "User-Agent: curl/7.88.1",
        "Accept: */*",
        "Authorization: Bearer {token}",
        "Content-Length: {length}",
        "Content-Type: application/x-www-form-urlencoded",
    ],
    "Guzzle": [
        "Content-Length: {length}",
        "User-Agent: GuzzleHttp/7",
        f"{JSON}; charset=UTF-8",
        "Host: {host}",
        "Authorization: bearer {token}",
    ],
    "Java": [
        f"{JSON};charset=utf-8",
        "Authorization: BEARER {token}",
        "User-Agent: Java/17.0.9",
        "Host: {host}",
        "Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
        "Connection: keep-alive",
        "Transfer-Encoding: chunked",
    ],
    "nothing but what there has to be": [
        "Host: {host}",
        "Authorization: Bearer {token}",
        "Content-Length: {length}",
    ],
}
"""The heads of what clients send, in the order in which each of them does."""

CALLS = [
    ("cart", "cart"),
    ("category", "category"),
    ("customer", "customer"),
    ("employee", "employee"),
    ("order", "order-placed"),
    ("order", "order-accepted"),
    ("order", "order-cancelled"),
    ("product", "product"),
]
"""The address of each event, and the name of the example that goes there."""

BATCH = {
    "cart": [EXAMPLES["cart"] | {"id": "R2"}],
    "order": [
        EXAMPLES["order-placed"] | {"order_number": "R2"},
        EXAMPLES["order-accepted"] | {"order_number": "R2"},
    ],
}


def site_of(form, method="POST"):
    return f"{method}-{list(FORMS).index(form)}"


SITES = " ".join(f"{site_of(form, method)}:secret" for form in FORMS for method in ("POST", "PUT"))


@pytest.fixture(
    scope="module", params=[("jirafe_api:create_api()", "/v2"), ("app:app", "/jirafe/v2")]
)
def base(request, tmp_path_factory):
    """Yield the port and path of a deployed API: alone, and next to the endpoint."""
    application, path = request.param
    url = f"sqlite:///{tmp_path_factory.mktemp('clients')}/jirafe.db"
    with serving(application, DATABASE_URL=url, JIRAFE_API_SITES=SITES) as port:
        yield port, path


class Client:
    """Sends in one form, over persistent connections or not, depending on the form."""

    def __init__(self, base, form, site, token="secret"):
        self._port, self._path = base
        self._head, self._site, self._token = FORMS[form], site, token
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def send(self, method, address, value):
        body = json.dumps(value).encode()
        facts = {"host": f"127.0.0.1:{self._port}", "token": self._token, "length": len(body)}
        path = f"{self._path}/{self._site}/{address}"
        chunked = "Transfer-Encoding: chunked" in self._head
        self._connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for line in self._head:
            self._connection.putheader(*line.format(**facts).split(": ", 1))
        self._connection.endheaders(
            [body[:7], body[7:]] if chunked else body, encode_chunked=chunked
        )
        return self._answer()

    def events(self, kind):
        path = f"{self._path}/{self._site}/{kind}"
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {self._token}"})
        _, _, page = self._answer()
        return [entry["event"] for entry in reversed(page["events"])]

    def _answer(self):
        answer = self._connection.getresponse()
        return answer.status, answer.headers["Content-Type"], json.loads(answer.read())


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("form", FORMS)
def test_jirafes_own_client_sends_every_kind_of_event(base, form, method):
    with Client(base, form, site_of(form, method)) as client:
        answers = [client.send(method, kind, EXAMPLES[name]) for kind, name in CALLS]
        batch = client.send(method, "batch", BATCH)
        kept = {kind: client.events(kind) for kind in dict(CALLS)}

    sent = {kind: [EXAMPLES[name] for other, name in CALLS if other == kind] for kind in kept}
    assert answers == [(200, "application/json", OK)] * len(CALLS)
    assert batch == (200, "application/json", {"cart": [OK], "order": [OK, OK]})
    assert kept == {kind: events + BATCH.get(kind, []) for kind, events in sent.items()}


@pytest.mark.parametrize("form", FORMS)
def test_jirafes_own_client_gets_the_errors_of_an_invalid_event(base, form):
    errors = {"id": "1 is not of type 'string'"}
    with Client(base, form, site_of(form)) as client:
        wrong = client.send("POST", "category", EXAMPLES["category"] | {"id": 1})
        unknown = client.send("POST", "events", {})
    with Client(base, form, site_of(form), token="stolen") as client:
        stranger = client.send("POST", "category", EXAMPLES["category"])

    assert wrong == (400, "application/json", refused("validation") | {"errors": errors})
    assert unknown == (400, "application/json", refused("invalid_type"))
    assert stranger == (403, "application/json", refused("invalid_token"))


@pytest.mark.parametrize(
    ("token", "status", "answer"),
    [("secret", 200, {"cart": [OK] * 1000}), ("stolen", 403, refused("invalid_token"))],
)
def test_a_client_that_expects_100_continue_gets_it(base, token, status, answer):
    port, path = base
    body = json.dumps({"cart": [EXAMPLES["cart"]] * 1000}).encode()
    assert len(body) > 1024 * 1024  # from where on curl waits
    head = [
        f"POST {path}/POST-0/batch HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "User-Agent: curl/7.88.1",
        "Accept: */*",
        f"Authorization: Bearer {token}",
        JSON,
        f"Content-Length: {len(body)}",
        "Expect: 100-continue",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        with http.client.HTTPResponse(connection) as came:
            first = [came.fp.readline(), came.fp.readline()]
            assert first == [b"HTTP/1.1 100 Continue\r\n", b"\r\n"]
            connection.sendall(body)
            came.begin()
            assert (came.status, json.loads(came.read())) == (status, answer)


def test_an_extra_slash_is_answered_without_a_redirect(base):
    with Client(base, "HTTParty", "POST-0") as client:
        answers = [client.send("POST", "cart/", {}), client.send("POST", "/cart", {})]

    assert [(status, media, answer["error_type"]) for status, media, answer in answers] == [
        (404, "application/json", "unknown"),
        (404, "application/json", "unknown"),
    ]
