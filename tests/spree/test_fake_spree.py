"""The fake shop sends what Spree sends, and is as unreliable."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from spree.webhooks.signatures import is_signed, verify
from tests.spree.fake_spree.shop import FakeShop, play_small_history
from tests.spree.fake_spree.values import FIELDS
from tests.spree.fake_spree.webhooks import GENERATIONS, Sent, WebhookSender, post, unreliably


def requests_of(version: str) -> list[Sent]:
    shop = FakeShop()
    play_small_history(shop)
    return WebhookSender(shop, version).requests(shop.changes)


@pytest.mark.parametrize("version", GENERATIONS)
def test_every_request_is_signed_as_its_version_does(version: str) -> None:
    for change, sent in zip(*changes_and_requests(version), strict=True):
        assert is_signed(sent.headers) is (version not in ("4.4", "4.5"))
        if is_signed(sent.headers):
            verify(sent.headers, sent.body, ["the-endpoint's-secret"], change)


def changes_and_requests(version: str):
    shop = FakeShop()
    play_small_history(shop)
    sender = WebhookSender(shop, version)
    pairs = [(change.at, sent) for change in shop.changes for sent in sender.requests([change])]
    return [at for at, _ in pairs], [sent for _, sent in pairs]


@pytest.mark.parametrize("version", ["4.4", "4.10", "5.2"])
def test_old_orders_have_the_attributes_and_relationships_of_spree(version: str) -> None:
    fields = FIELDS["json_api"]["order.5.2" if version == "5.2" else "order"]
    orders = [s.json["data"] for s in requests_of(version) if s.json["data"]["type"] == "order"]
    assert {tuple(sorted(order["attributes"])) for order in orders} == {tuple(fields["attributes"])}
    assert {tuple(sorted(order["relationships"])) for order in orders} == {
        tuple(fields["relationships"])
    }


@pytest.mark.parametrize(
    ("version", "fields"),
    [
        ("5.3", FIELDS["flat"]["order"]),
        ("5.4", FIELDS["v3"]["order.5.4"]),
        ("5.6", FIELDS["v3"]["order"]),
        ("6.0", FIELDS["v3"]["order.6.0"]),
    ],
)
def test_new_orders_have_the_fields_of_spree(version: str, fields: list[str]) -> None:
    orders = [s.json["data"] for s in requests_of(version) if s.json["name"].startswith("order.")]
    assert {tuple(sorted(order)) for order in orders} == {tuple(fields)}


@pytest.mark.parametrize("version", GENERATIONS)
def test_bodies_are_written_byte_by_byte_as_rails_does(version: str) -> None:
    bodies = b"".join(sent.body for sent in requests_of(version))
    assert b"&" not in bodies
    assert b"Bees \\u0026 Wax" in bodies


def test_webhooks_are_lost_doubled_and_disordered_alike_for_the_same_seed() -> None:
    sent = requests_of("5.6")
    received = unreliably(sent, seed=3)
    assert received == unreliably(sent, seed=3)
    assert received != unreliably(sent, seed=4)
    bodies = [request.body for request in received]
    assert len(set(bodies)) < len(sent)
    assert len(set(bodies)) < len(bodies)
    assert [body for body in (one.body for one in sent) if body in bodies] != bodies


def test_a_request_arrives_as_the_bytes_that_were_signed() -> None:
    received: list[Sent] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(Sent(dict(self.headers), body))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    shop = FakeShop()
    play_small_history(shop)
    change = shop.changes[-1]
    (sent,) = WebhookSender(shop, "5.3").requests([change])
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        status = post(f"http://127.0.0.1:{server.server_port}/spree/1", sent)
        thread.join(30)
    assert (status, received[0].body) == (202, sent.body)
    verify(received[0].headers, received[0].body, ["the-endpoint's-secret"], change.at)
