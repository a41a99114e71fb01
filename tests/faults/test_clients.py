"""Clients that stop in mid-request."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

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


def test_clients_that_stop_in_mid_request_hold_no_place_for_long(sqlite_url):
    with (
        ExitStack() as connections,
        endpoint(sqlite_url, "http://127.0.0.1:9/v2") as service,
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
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
