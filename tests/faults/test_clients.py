"""Clients that stop in mid-request, or are as slow as they can be."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

from tests.faults.hub import endpoint, post, told

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
STOPPED = [
    b"",
    HEAD,
    HEAD + b"Content-Length: 500\r\n\r\n{",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n20\r\n{",
]
"""What such clients send: nothing, a part of the head, and two sorts of a part of the body."""

CLIENTS = 40
PATIENCE = 15


def seconds_until_closed(client, start):
    """Return after how long the server closed the connection, at most PATIENCE."""
    client.settimeout(max(0.01, start + PATIENCE - time.monotonic()))
    try:
        while client.recv(4096):
            pass
    except TimeoutError:
        return PATIENCE
    except ConnectionError:
        pass
    return time.monotonic() - start


def test_clients_that_stop_in_mid_request_hold_no_place_for_long(sqlite_url, upstream):
    with (
        ExitStack() as connections,
        endpoint(sqlite_url, upstream.url) as service,
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
        post(service.port, told("product:none", "R1", 1))  # answered once the workers are up
        start = time.monotonic()
        clients = []
        for part in STOPPED * (CLIENTS // len(STOPPED)):
            client = connections.enter_context(
                socket.create_connection(("127.0.0.1", service.port))
            )
            client.sendall(part)
            clients.append(client)
        closed = pool.map(lambda client: seconds_until_closed(client, start), clients)
        meanwhile = [post(service.port, told("product:none", "R1", 1)) for _ in range(4)]
        took = time.monotonic() - start
        closed = list(closed)

    assert [one.statuses for one in meanwhile] == [[200]] * 4
    assert took < PATIENCE / 2
    assert max(closed) < PATIENCE


def drip(clients, parts, stop):
    """Have each client send one more byte every so often, until it is told to stop."""
    while not stop.wait(0.5):
        for client, part in zip(clients, parts, strict=True):
            with suppress(OSError):
                client.send(b"x" if part else b"G")


def test_clients_that_send_a_byte_now_and_then_hold_no_place_for_long(sqlite_url):
    stop = threading.Event()
    with (
        ExitStack() as connections,
        endpoint(
            sqlite_url,
            "http://127.0.0.1:9/v2",
            ENDPOINT_KEY="a-key-of-some-length",
            THREADS=str(CLIENTS // 2),
            WEB_CONCURRENCY="1",
        ) as service,
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
        post(service.port, told("product:none", "R1", 1))
        start = time.monotonic()
        parts = [HEAD + b"X-Odd: ", HEAD + b"Content-Length: 66000\r\n\r\n"] * (CLIENTS // 2)
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
        dripping.result()

    assert answer == b"HTTP/1.1 200 OK\r\n"
    assert took < 3 * PATIENCE  # twice as many as there are places, and then its own turn


def test_a_client_that_reads_slowly_is_cut_off(sqlite_url):
    with endpoint(sqlite_url, "http://127.0.0.1:9/v2") as service, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", service.port))
        head = b"GET /jirafe/docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n"
        client.sendall(head * 20)
        start, taken = time.monotonic(), 0
        client.settimeout(PATIENCE)
        with suppress(OSError):
            while (part := client.recv(1024)) and time.monotonic() - start < 2 * PATIENCE:
                taken += len(part)
                time.sleep(0.5)
        took = time.monotonic() - start

    assert took < 2 * PATIENCE


def test_a_body_is_not_waited_for_where_the_answer_is_known(sqlite_url):
    """Without a key or a token, and without a limit that the body may use up."""
    key = "a-key-of-some-length"
    with endpoint(sqlite_url, "", ENDPOINT_KEY=key, WEB_CONCURRENCY="1") as service:
        post(service.port, told("product:none", "R1", 1))
        took = {}
        for path in ("/", "/jirafe/v2/shop/cart", "/jirafe/v1/shop/cart"):
            with socket.create_connection(("127.0.0.1", service.port)) as client:
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
    }
