"""Jirafe over TLS: its certificate is checked, and the deadline holds there, too."""

import ssl
import time

import pytest
import trustme

from jirafe_endpoint.jirafe.client import JirafeClient
from jirafe_endpoint.jirafe.encoding import Outgoing
from jirafe_endpoint.jirafe.results import ACCEPTED, Outcome, Result
from jirafe_endpoint.jirafe.session import build_session
from tests.endpoint.test_client import drip
from tests.upstream import running_upstream

EVENT = Outgoing("cart", None, b"{}")


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def upstream(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with running_upstream(tls=context) as running:
        yield running


def client(upstream, verify):
    session = build_session("test")
    session.verify = verify
    return JirafeClient(session, upstream.url, connect_time=2, post_time=0.5)


def test_a_known_certificate_is_accepted_and_its_connection_used_again(upstream, authority):
    with authority.cert_pem.tempfile() as known:
        jirafe = client(upstream, known)
        results = [jirafe.send("1", "t", [[EVENT]]) for _ in range(2)]

    assert results == [[[ACCEPTED]]] * 2
    assert len({sent.port for sent in upstream.requests}) == 1


def test_an_unknown_certificate_is_sent_nothing(upstream):
    ((result,),) = client(upstream, verify=True).send("1", "t", [[EVENT]])

    assert result == Result(Outcome.UNAVAILABLE, reason="The connection to Jirafe broke.")
    assert upstream.requests == []


def test_an_answer_that_drips_is_given_up_in_time(upstream, authority):
    upstream.answer = lambda _: drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    with authority.cert_pem.tempfile() as known:
        start = time.monotonic()
        ((result,),) = client(upstream, known).send("1", "t", [[EVENT]])

    assert 0.4 < time.monotonic() - start < 2
    assert result == Result(Outcome.UNAVAILABLE, reason="Jirafe did not answer in time.")
