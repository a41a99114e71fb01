"""HTTP to a shop: time limits, accepted answers, and secrets that are never revealed."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests

from spree.api.connection import Connection, Limits
from spree.api.errors import CredentialError, ShopError, ShopUnavailableError
from tests.spree.fake_spree.apis import CLIENT, KEY
from tests.spree.fake_spree.server import serving_shop
from tests.spree.fake_spree.shop import FakeShop
from tests.spree.shops import Clock, opened

HEADERS = {"X-Spree-Token": KEY}


@contextmanager
def connected(limits: Limits | None = None) -> Iterator[tuple[Connection, list, list, Clock]]:
    """Yield a connection to a shop, its first answers, its requests, and the clock."""
    clock = Clock()
    with serving_shop(FakeShop(), "4.4") as fake, requests.Session() as session:
        connection = Connection(session, fake.url, limits, clock, clock.sleep)
        yield connection, fake.trouble, fake.asked, clock


def read(connection: Connection) -> object:
    return connection.get("/api/v1/orders", HEADERS, {"page": 1})


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_temporary_failures_of_a_shop_are_retried(status: int) -> None:
    with connected() as (connection, trouble, asked, clock):
        trouble += [(status, {}, b"busy")] * 3
        assert read(connection)
        assert len(asked) == 4
        assert len(clock.slept) == 3


def test_a_shop_that_stays_down_is_abandoned_after_a_few_tries() -> None:
    with connected(Limits(tries=3)) as (connection, trouble, asked, _):
        trouble += [(503, {}, b"")] * 9
        with pytest.raises(ShopUnavailableError, match="orders: the shop answers 503"):
            read(connection)
        assert len(asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 422, 501])
def test_permanent_failures_of_a_shop_are_not_retried(status: int) -> None:
    with connected() as (connection, trouble, asked, _):
        trouble.append((status, {}, b"no"))
        with pytest.raises(CredentialError if status in (401, 403) else ShopError):
            read(connection)
        assert len(asked) == 1


def test_the_wait_that_a_shop_asks_for_is_respected() -> None:
    with connected() as (connection, trouble, _, clock):
        trouble.append((429, {"Retry-After": "60"}, b""))
        assert read(connection)
        assert clock.slept == [60.0]


def test_a_wait_may_be_a_date() -> None:
    with connected() as (connection, trouble, _, clock):
        until = datetime.now(UTC) + timedelta(seconds=90)
        trouble.append((503, {"Retry-After": format_datetime(until, usegmt=True)}, b""))
        assert read(connection)
        assert clock.slept == [pytest.approx(89, abs=3)]


@pytest.mark.parametrize("nonsense", ["soon", "-5", "Wed, 99 Foo 2026", "１２"])
def test_an_invalid_wait_becomes_the_default(nonsense: str) -> None:
    with connected() as (connection, trouble, _, clock):
        trouble.append((503, {"Retry-After": nonsense.encode().decode("latin-1")}, b""))
        assert read(connection)
        assert 0 <= clock.slept[0] <= 1


def test_a_long_wait_is_passed_to_the_caller() -> None:
    with connected() as (connection, trouble, asked, clock):
        trouble.append((429, {"Retry-After": "3600"}, b""))
        with pytest.raises(ShopUnavailableError) as raised:
            read(connection)
        assert (raised.value.retry_after, clock.slept, len(asked)) == (3600.0, [], 1)


def test_requests_keep_the_requested_interval() -> None:
    with connected(Limits(interval=0.5)) as (connection, _, _, clock):
        for _ in range(3):
            read(connection)
        assert clock.slept == [0.5, 0.5]


def test_a_credential_is_not_sent_where_a_redirect_leads() -> None:
    with (
        serving_shop(FakeShop(), "4.4") as other,
        connected() as (connection, trouble, asked, _),
    ):
        trouble.append((302, {"Location": f"{other.url}/api/v1/orders"}, b""))
        with pytest.raises(ShopError, match="the shop redirects"):
            read(connection)
        assert (len(asked), other.asked) == (1, [])


def test_an_answer_that_is_too_large_is_not_read_completely() -> None:
    with connected(Limits(answer_bytes=100_000)) as (connection, trouble, _, _):
        trouble.append((200, {}, b'{"orders": "' + b"x" * 1_000_000 + b'"}'))
        with pytest.raises(ShopError, match="the answer is too large"):
            read(connection)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<html>", "the answer is not JSON"),
        (b"", "the answer is not JSON"),
        (b"[1]", "the answer is not a JSON object"),
        (b"\xff\xfe", "the answer is not JSON"),
    ],
)
def test_an_answer_that_is_not_an_object_is_refused(body: bytes, error: str) -> None:
    with connected() as (connection, trouble, _, _):
        trouble.append((200, {}, body))
        with pytest.raises(ShopError, match=error):
            read(connection)


def test_a_404_is_none() -> None:
    with connected() as (connection, _, _, _):
        assert connection.get("/api/v1/orders/R404", HEADERS) is None


def test_a_slow_answer_is_abandoned_in_time() -> None:
    def drip(caller: socket.socket) -> None:
        caller.recv(65536)
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(900):
            caller.sendall(b" ")
            if stopped.wait(0.05):
                return

    stopped = threading.Event()
    with answering(drip, stopped) as url, requests.Session() as session:
        limits = Limits(answer_time=0.3, tries=1)
        with pytest.raises(ShopUnavailableError, match="the answer took too long"):
            read(Connection(session, url, limits))
        assert not stopped.is_set()


def test_a_broken_connection_is_retried_and_its_error_shows_no_secret() -> None:
    stopped = threading.Event()
    clock = Clock()
    with answering(lambda caller: caller.recv(10), stopped) as url, requests.Session() as session:
        connection = Connection(session, url, Limits(tries=2), clock, clock.sleep)
        with pytest.raises(ShopUnavailableError) as raised:
            connection.get("/api/v1/orders", {"X-Spree-Token": "s3cret"}, {"token": "s3cret"})
    assert str(raised.value) == "GET /api/v1/orders: no answer (ConnectionError)."
    assert raised.value.__cause__ is None
    assert len(clock.slept) == 1


def test_an_answer_that_ends_too_early_is_retried() -> None:
    def stop_early(caller: socket.socket) -> None:
        caller.recv(65536)
        caller.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"orders": [')

    clock = Clock()
    with answering(stop_early, threading.Event()) as url, requests.Session() as session:
        connection = Connection(session, url, Limits(tries=2), clock, clock.sleep)
        with pytest.raises(ShopUnavailableError, match="no answer"):
            read(connection)
    assert len(clock.slept) == 1


def test_no_secret_of_a_client_is_in_any_error() -> None:
    clock = Clock()
    with opened(FakeShop(), "5.3", clock=clock, client_secret="other-s3cret") as (api, fake):
        fake.trouble += [(500, {}, b"")] * 4
        errors = []
        for _ in range(2):
            with pytest.raises(ShopError) as raised:
                api.orders()
            errors.append(str(raised.value))
    assert errors == [
        "POST /spree_oauth/token: the shop answers 500.",
        "POST /spree_oauth/token: the shop refuses the credential (401).",
    ]
    assert CLIENT["client_secret"] not in repr(api)


def test_a_netrc_does_not_replace_the_credential(tmp_path, monkeypatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with opened(FakeShop(), "solidus") as (api, fake):
        api.orders()
        assert fake.asked[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example.com",
        "ftp://shop.example.com",
        "https://",
        "https://user:password@shop.example.com",
        "https://shop.example.com?token=x",
        "https://shop.example.com#top",
        "http://[::1",
        "https://shop.example.com:port",
    ],
)
def test_an_invalid_shop_address_is_refused_without_quoting_it(url: str) -> None:
    with requests.Session() as session, pytest.raises(ShopError) as raised:
        Connection(session, url)
    assert "password" not in str(raised.value)
    assert "token" not in str(raised.value)


@contextmanager
def answering(answer: Callable[[socket.socket], object], stopped: threading.Event) -> Iterator[str]:
    """Answer each connection by the function, then close it."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)

    def serve() -> None:
        while not stopped.is_set():
            try:
                caller, _ = listener.accept()
            except TimeoutError:
                continue
            caller.settimeout(30)
            with caller, suppress(OSError):
                answer(caller)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        thread.join(30)
        listener.close()
