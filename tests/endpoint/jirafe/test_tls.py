"""Jirafe over TLS: its certificate is checked, and the deadline holds there, too."""

import ssl
import time

import pytest
import trustme

from jirafe_endpoint.jirafe.client import JirafeClient
from jirafe_endpoint.jirafe.encoding import EncodedEvent
from jirafe_endpoint.jirafe.http_transport import HttpTransport
from jirafe_endpoint.jirafe.results import ACCEPTED, Outcome, Result
from tests.endpoint.jirafe.test_client import drip
from tests.upstream import running_upstream

EVENT = EncodedEvent("cart", None, b"{}")


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def upstream(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with running_upstream(tls=context) as running:
        yield running


def send(client, seconds=0.5):
    return client.send("1", "t", [EVENT], time.monotonic() + seconds)


def client(upstream, ca_file=None):
    return JirafeClient(HttpTransport(upstream.url, "test", 2, ca_file), 0.5)


def test_a_known_certificate_is_accepted_and_its_connection_reused(upstream, authority):
    with authority.cert_pem.tempfile() as known:
        jirafe = client(upstream, known)
        results = [send(jirafe) for _ in range(2)]

    assert results == [[ACCEPTED]] * 2
    assert len({sent.port for sent in upstream.requests}) == 1


def test_nothing_is_sent_to_a_server_with_an_unknown_certificate(upstream):
    (result,) = send(client(upstream))

    assert result == Result(Outcome.UNAVAILABLE, reason="The connection to Jirafe broke.")
    assert upstream.requests == []


def test_a_slow_answer_is_abandoned_in_time(upstream, authority):
    upstream.answer = lambda _: drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    with authority.cert_pem.tempfile() as known:
        start = time.monotonic()
        (result,) = send(client(upstream, known))

    assert 0.4 < time.monotonic() - start < 2
    assert result == Result(Outcome.UNAVAILABLE, reason="Jirafe did not answer in time.")
