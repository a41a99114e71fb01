"""One deadline for looking up a name, for all of its addresses, and for the request."""

import socket
import time

import pytest

from jirafe_endpoint.jirafe.http_transport import HttpTransport
from jirafe_endpoint.jirafe.responses import Answer, Failure

NOT_REACHED = Failure("Jirafe could not be reached in time.", was_sent=False)


@pytest.fixture
def silent():
    """Yield the address of a socket that accepts no connection."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        with socket.socket() as first, socket.socket() as second:
            for filling in (first, second):  # the backlog: further attempts are not answered
                filling.setblocking(False)
                filling.connect_ex(listener.getsockname())
            yield listener.getsockname()


def resolve(monkeypatch, *addresses, seconds=0.0):
    """Have names resolve to these addresses, after a while."""

    def look_up(*_, **__):
        time.sleep(seconds)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", one) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def call(seconds, connect_time=0.5, url="http://jirafe.example/v2"):
    """Return the answer, and how many seconds it took."""
    transport = HttpTransport(url, "test", connect_time)
    start = time.monotonic()
    answer = transport.post("/1/cart", {}, b"{}", start + seconds)
    return answer, time.monotonic() - start


def test_a_slow_dns_lookup_is_abandoned(monkeypatch):
    resolve(monkeypatch, seconds=3)

    answer, took = call(seconds=5)

    assert answer == NOT_REACHED
    assert took < 1


def test_an_unknown_host_name_is_reported():
    answer, _ = call(seconds=5, url="http://jirafe.invalid/v2", connect_time=5)

    assert answer == Failure("Jirafe could not be reached.", was_sent=False)


def test_many_dead_addresses_share_one_deadline(monkeypatch, silent):
    resolve(monkeypatch, *[silent] * 8)

    answer, took = call(seconds=5)

    assert answer == NOT_REACHED
    assert took < 1


def test_the_next_address_is_tried_if_the_first_does_not_answer(monkeypatch, silent, upstream):
    port = int(upstream.url.split(":")[2].removesuffix("/v2"))
    resolve(monkeypatch, silent, ("127.0.0.1", port))

    answer, took = call(seconds=5)

    assert answer == Answer(200, b'{"success": true}', None)
    assert took < 1


def test_nothing_is_sent_after_the_deadline(monkeypatch, upstream):
    port = int(upstream.url.split(":")[2].removesuffix("/v2"))
    resolve(monkeypatch, ("127.0.0.1", port), seconds=0.3)

    answers = [call(seconds=seconds)[0] for seconds in (-1, 0, 0.2)]

    assert [answer.was_sent for answer in answers] == [False] * 3
    time.sleep(0.3)  # for the look-up of the last to end
    assert upstream.requests == []
