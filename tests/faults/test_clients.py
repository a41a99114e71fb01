"""Clients that stop in mid-request, or are as slow as they can be."""

import json
import re
import resource
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.faults.harness.hub import endpoint, hub_message, post

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
KEY = "a-key-of-some-length"
KEYED = HEAD + f"X-Hub-Token: {KEY}\r\n".encode()  # whose body is read
STOPPED = [
    b"",
    HEAD,
    HEAD + b"Content-Length: 500\r\n\r\n{",
    KEYED + b"Content-Length: 500\r\n\r\n{",
    KEYED + b"Transfer-Encoding: chunked\r\n\r\n20\r\n{",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n20\r\n{",
]
"""What such clients send: nothing, part of a head, or parts of bodies, with and without a key."""

CLIENTS = 40
PATIENCE = 15


def seconds_until_closed(client, start):
    """Return how long it took the server to close the connection, at most PATIENCE."""
    client.settimeout(max(0.01, start + PATIENCE - time.monotonic()))
    try:
        while client.recv(4096):
            pass
    except TimeoutError:
        return PATIENCE
    except ConnectionError:
        pass
    return time.monotonic() - start


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    """Serve with the settings of production while the tests of this module run."""
    url = f"sqlite:///{tmp_path_factory.mktemp('production')}/jirafe.db"
    with endpoint(url, "", ENDPOINT_KEY=KEY, APP_ENV="production") as service:
        ask_health(service.port)  # answered once the workers are up
        yield service


def test_clients_that_stop_during_a_request_are_cut_off(production):
    with ExitStack() as connections, ThreadPoolExecutor(CLIENTS) as pool:
        start = time.monotonic()
        clients = []
        for part in STOPPED * (CLIENTS // len(STOPPED)):
            client = connections.enter_context(
                socket.create_connection(("127.0.0.1", production.port))
            )
            client.sendall(part)
            clients.append(client)
        closed = pool.map(lambda client: seconds_until_closed(client, start), clients)
        for _ in range(4):
            ask_health(production.port)
        took = time.monotonic() - start
        closed = list(closed)

    assert took < PATIENCE / 2
    assert max(closed) < PATIENCE


def drip(clients, parts, stop):
    """Let each client send one more byte from time to time, until it is stopped."""
    while not stop.wait(0.5):
        for client, part in zip(clients, parts, strict=True):
            with suppress(OSError):
                client.send(b"x" if part else b"G")


def test_clients_that_send_slowly_are_cut_off(sqlite_url):
    stop = threading.Event()
    with (
        ExitStack() as connections,
        endpoint(
            sqlite_url,
            "http://127.0.0.1:9/v2",
            ENDPOINT_KEY=KEY,
            workers=1,
            THREADS=str(CLIENTS // 2),
        ) as service,
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
        post(service.port, hub_message("product:none", "R1", 1))
        start = time.monotonic()
        parts = [HEAD + b"X-Odd: ", KEYED + b"Content-Length: 66000\r\n\r\n"] * (CLIENTS // 2)
        clients = [
            connections.enter_context(socket.create_connection(("127.0.0.1", service.port)))
            for _ in parts
        ]
        for client, part in zip(clients, parts, strict=True):
            client.sendall(part)
        dripping = pool.submit(drip, clients, parts, stop)
        with socket.create_connection(("127.0.0.1", service.port), timeout=60) as genuine:
            genuine.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = genuine.makefile("rb").readline()
        took = time.monotonic() - start
        stop.set()
        dripping.result(30)

    assert answer == b"HTTP/1.1 200 OK\r\n"
    assert took < 3 * PATIENCE  # twice as many as there are places, and then its own turn


def read_slowly(client):
    """Read 2 kB a second until the connection ends, at most twice PATIENCE."""
    start = time.monotonic()
    while client.recv(1024) and time.monotonic() - start < 2 * PATIENCE:
        time.sleep(0.5)


def test_a_client_that_reads_slowly_is_cut_off(sqlite_url):
    with endpoint(sqlite_url, upstream="", workers=1) as service, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", service.port))
        client.sendall(b"GET /jirafe/docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n")
        client.settimeout(PATIENCE)
        first = client.recv(1024)
        with pytest.raises(ConnectionResetError):
            read_slowly(client)

    assert first.startswith(b"HTTP/1.1 200 OK")


def test_a_known_answer_does_not_wait_for_the_body(production):
    """Without a key or a token, and without a limit that the body may use up."""
    took = {}
    for path in ("/", "/jirafe/v2/shop/cart", "/jirafe/v1/shop/cart", "/spree/shop"):
        with socket.create_connection(("127.0.0.1", production.port)) as client:
            start = time.monotonic()
            client.sendall(
                f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 66000\r\n\r\n".encode()
            )
            status = int(client.recv(65536).split()[1])
            answered = time.monotonic() - start
            took[path] = status, answered < 2, seconds_until_closed(client, start) < 5

    assert took == {
        "/": (401, True, True),
        "/jirafe/v2/shop/cart": (403, True, True),
        "/jirafe/v1/shop/cart": (403, True, True),
        "/spree/shop": (404, True, True),
    }


def test_many_large_messages_at_once_take_little_memory_and_delay_no_small_one(sqlite_url):
    """All of each but its last byte is sent, as far as the service reads it."""
    size = 9_000_000
    body = json.dumps(hub_message("cart:new", "R1", 1, odd="x" * size)).encode()
    head = HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode()
    with (
        endpoint(sqlite_url, "", workers=1, JIRAFE_API_SITES="demo-shop:demo-token") as service,
        ExitStack() as connections,
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
        post(service.port, hub_message("product:none", "R1", 1))
        (worker,) = service.workers()
        before = most_memory(worker)
        clients = [connections.enter_context(socket.socket()) for _ in range(CLIENTS)]
        for client in clients:
            client.settimeout(PATIENCE)
            client.connect(("127.0.0.1", service.port))
        sending = [pool.submit(send_most, client, head + body) for client in clients]
        took = ask_health(service.port)
        small = post(service.port, hub_message("product:none", "R2", 1))
        answers = Counter(one.result(60) for one in sending)
        grown = most_memory(worker) - before

    assert (took < 2, small.statuses) == (True, [200])
    assert answers == {b"HTTP/1.1 429 TOO MANY REQUESTS\r\n": CLIENTS - 3, b"": 3}
    assert grown < 10 * size


def send_most(client, request):
    """Send all but the last byte; return the first line of the answer, if there is one."""
    with suppress(ConnectionError):
        client.sendall(request[:-1])
    with suppress(TimeoutError, ConnectionError):
        client.settimeout(PATIENCE / 2)
        return client.makefile("rb").readline()
    return b""


def most_memory(process):
    """Return the most bytes that a process had in memory."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) * 1024


MANY = 1100


@pytest.fixture
def many_files():
    """Let this process open as many files as it may."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    if before[1] < 2 * MANY:
        pytest.skip(f"a process may open no more than {before[1]} files")
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


PAGE = b"GET /jirafe/docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n"
ATTACKS = {
    "idle": (b"", b""),
    "drips a head": (HEAD + b"X-Odd: ", b"x"),
    "drips a body": (HEAD + b"Content-Length: 66000\r\n\r\n", b"x"),
    "drips a pageview": (
        b"POST /jirafe/v2/tracker/pageview HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n",
        b"x",
    ),
    "reads slowly": (PAGE, b""),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_eleven_hundred_slow_clients_without_a_key_keep_nobody_out(attack, production, many_files):
    """A client that is kept out waits for at least ten seconds."""
    first, more = ATTACKS[attack]
    with ExitStack() as connections:
        clients = []
        for _ in range(MANY):
            client = connections.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", production.port))
            client.sendall(first)
            clients.append(client)
        took = []
        for _ in range(4):
            took.append(ask_health(production.port))
            for client in clients:
                with suppress(OSError):
                    client.send(more) if more else client.recv(1024, socket.MSG_DONTWAIT)
            time.sleep(0.5)

    assert max(took) < 9


def ask_health(port):
    """Return how many seconds /health takes to answer."""
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert client.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
    return time.monotonic() - start
