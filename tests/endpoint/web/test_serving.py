"""The endpoint as a platform runs it: gunicorn, sockets, the commands of the README."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys

import pytest

from tests.endpoint.fixtures import FIXTURES, SITE, TOKEN, fixture
from tests.serving import ROOT, free_port, serving, wait_for

MEGABYTE = b" " * 1024 * 1024
TOO_LARGE = {
    "notifications": [
        {
            "level": "error",
            "subject": "Request Entity Too Large",
            "description": "The message is larger than 10 MB.",
        }
    ]
}


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    folder = tmp_path_factory.mktemp("endpoint")
    settings = {
        "DATABASE_URL": f"sqlite:///{folder}/events.db",
        "JIRAFE_API_SITES": f"{SITE}:{TOKEN}",
        "LOG_LEVEL": "debug",  # all that there is to say is watched
    }
    with serving("app:app", "--workers=2", **settings) as port:
        yield port


def post(port, path, body, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    named = {"Content-Type": "application/json", **headers}
    connection.request("POST", path, body, named, encode_chunked=not isinstance(body, bytes))
    answer = connection.getresponse()
    given = answer.status, json.loads(answer.read())
    connection.close()
    return given


def test_an_order_travels_from_the_hub_to_the_api_over_sockets(port):
    sent = (FIXTURES / "order_new.json").read_bytes()

    assert post(port, "/import_new_order", sent) == (200, fixture("order_new.reply"))

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    connection.request("GET", f"/jirafe/v2/{SITE}/order?id=R514820377", headers=headers)
    listed = json.loads(connection.getresponse().read())
    connection.close()
    assert [entry["event"] for entry in reversed(listed["events"])] == fixture("order_new.events")[
        "order"
    ]


def test_a_message_of_11_mb_is_answered_413(port):
    assert post(port, "/import_cart", MEGABYTE * 11) == (413, TOO_LARGE)


def test_a_chunked_message_of_11_mb_is_answered_413(port):
    chunked = {"Transfer-Encoding": "chunked"}

    assert post(port, "/import_cart", iter([MEGABYTE] * 11), **chunked) == (413, TOO_LARGE)


def test_a_chunked_message_is_accepted(port):
    sent = (FIXTURES / "taxon_new.json").read_bytes()
    parts = iter([sent[:100], sent[100:]])

    answer = post(port, "/import_category", parts, **{"Transfer-Encoding": "chunked"})

    assert answer == (200, fixture("taxon_new.reply"))


@pytest.mark.parametrize(
    "broken",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    ],
)
def test_a_body_that_ends_too_early_is_answered_400(port, broken):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(broken)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").readline()

    assert answer == b"HTTP/1.1 400 BAD REQUEST\r\n"


LINE = "GET /import_cart{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}\r\n"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (LINE.format("?" + "x" * 8000, ""), 405),
        (LINE.format("?" + "x" * 8200, ""), 414),
        (LINE.format("", "X-Odd: 1\r\n" * 60), 405),
        (LINE.format("", "X-Odd: 1\r\n" * 65), 431),
        (LINE.format("", f"X-Odd: {'x' * 8000}\r\n"), 405),
        (LINE.format("", f"X-Odd: {'x' * 8200}\r\n"), 431),
        (LINE.format("", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400),
        (LINE.format("", "Content-Length: 5\r\nContent-Length: 6\r\n"), 400),
    ],
    ids=["long", "too long", "many", "too many", "large", "too large", "two ends", "two lengths"],
)
def test_the_head_of_a_request_is_limited(port, head, status):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head.encode())
        answer = connection.makefile("rb").readline()

    assert int(answer.split()[1]) == status


def head_of(port, request):
    """Return the status and the headers, by lower-case names, of the answer to raw bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}


@pytest.mark.parametrize(
    "path", ["//", "//evil.example", "//health", "/health//", "/dashboard//sales", "/jirafe//docs"]
)
def test_the_host_header_cannot_cause_a_redirect(port, path):
    status, headers = head_of(port, f"GET {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode())

    assert "location" not in headers
    assert status in (200, 404, 405)


@pytest.mark.parametrize("path", ["/", "/health", "/no/such", "/jirafe/docs", "/jirafe/v2/x/cart"])
def test_every_answer_has_security_headers(port, path):
    _, headers = head_of(port, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] in ("same-origin", "no-referrer")
    assert "default-src 'none'" in headers["content-security-policy"]


SPOOFED = "".join(
    f"{name}: {value}\r\n"
    for name, value in {
        "SCRIPT_NAME": "/evil",
        "Script-Name": "/evil",
        "PATH_INFO": "/metrics",
        "REMOTE_USER": "evil",
        "X-Original-URL": "/metrics",
        "X-Rewrite-URL": "/metrics",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Server": "evil.example",
        "X-Forwarded-Port": "666",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Protocol": "ssl",
        "X-Forwarded-Ssl": "on",
        "X-Forwarded-For": "10.6.6.6",
        "Forwarded": "for=10.6.6.6;host=evil.example;proto=https",
        "X-HTTP-Method-Override": "DELETE",
    }.items()
)
PAGES = ["/", "/dashboard", "/dashboard/", "/jirafe/docs", "/jirafe/openapi.json", "/endpoint.json"]


@pytest.mark.parametrize("path", [*PAGES, "/jirafe/v2/x/cart", "/no/such", "/metrics"])
def test_a_client_cannot_spoof_the_path_the_host_or_the_scheme(port, path):
    """By default, gunicorn trusts such headers from this machine; here it must not."""
    plain, spoofed = (
        whole(port, f"GET {path} HTTP/1.1\r\nHost: shop.example\r\n{more}\r\n")
        for more in ("Connection: close\r\n", f"Connection: close\r\n{SPOOFED}")
    )

    assert spoofed == plain


def whole(port, request):
    """Return the whole answer to a request, except its date and random parts."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request.encode())
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 ")
    return re.sub(rb"(?m)^(Date|Set-Cookie): .*\r\n", b"", answer)


def test_a_key_in_a_malformed_request_head_is_not_logged(tmp_path):
    secret = b"X-Hub-Token : a-secret-key\r\n"
    lines = tmp_path / "log"
    port = free_port()
    with (
        lines.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "app:app"],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"},
            stdout=output,
            stderr=output,
        ) as server,
    ):
        wait_for(port, server)
        status, _ = head_of(port, b"GET / HTTP/1.1\r\nHost: x\r\n" + secret + b"\r\n")
        server.terminate()

    assert status == 400
    assert "Invalid request: InvalidHeaderName" in lines.read_text()
    assert "a-secret-key" not in lines.read_text()


def test_the_demo_sends_every_message_without_a_refusal():
    demo = subprocess.run(
        [sys.executable, "smoke.py"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert (demo.returncode, demo.stderr) == (0, "")
    lines = demo.stdout.splitlines()
    assert (len(lines) < 24, max(map(len, lines)) <= 80) == (True, True)
    assert lines[2].split(None, 3) == [
        *("200", "order:new", "/import_new_order", "Cart, Order placed, Order accepted")
    ]
    assert lines[-2:] == [
        "Stored events: 2 category, 3 cart, 5 order, 3 product, 2 customer.",
        "9 messages sent, 0 refused.",
    ]


def test_the_demo_fails_if_something_is_refused(tmp_path):
    names = {path.name for path in ROOT.iterdir() if path.name[0].islower()} - {"fixtures", "var"}
    for name in names:
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "fixtures").mkdir()
    for path in FIXTURES.glob("*.json"):
        text = path.read_text().replace('"name": "Bags",', '"name": null,')
        (tmp_path / "fixtures" / path.name).write_text(text)

    demo = subprocess.run(
        [sys.executable, "smoke.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )

    assert demo.returncode == 1
    assert demo.stdout.endswith("9 messages sent, 1 refused.\n")
