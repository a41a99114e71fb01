"""Reading webhooks: which bodies are valid, and what identifies them."""

import pytest

from spree.webhooks.webhook import Generation, WebhookError, read_webhook
from tests.spree.fake_spree.webhooks import GENERATIONS
from tests.spree.webhooks.events import sent_by, webhook_of


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "The body is not valid JSON."),
        (b"\xff", "The body is not valid JSON."),
        (b"[]", "data: Missing data for required field."),
        (b'{"data": [], "name": "order.placed"}', "data: Missing data for required field."),
        (b'{"data": {}}', "name: Missing data for required field."),
        (b'{"data": {}, "name": 3}', "name: Missing data for required field."),
        (b'{"data": {}, "event_type": null}', "event_type: Missing data for required field."),
    ],
)
def test_an_invalid_webhook_is_refused_with_the_field(body: bytes, error: str) -> None:
    with pytest.raises(WebhookError) as raised:
        read_webhook({}, body)
    assert str(raised.value) == error


def test_a_webhook_of_the_old_form_is_understood_whatever_the_version() -> None:
    (request,) = sent_by("4.10", "order.placed")
    headers = {**request.headers, "X-Spree-Webhook-Timestamp": "1775037602"}
    assert read_webhook(headers, request.body).generation is Generation.JSON_API


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_redelivery_has_the_key_of_the_first_delivery(generation: str) -> None:
    for what in ("order.placed", "order.updated", "order.canceled"):
        request = sent_by(generation, what)[0]
        tried_again = {"event_id": 999, "event_created_at": "2027-01-01T00:00:00.000Z"}
        changed = tried_again if "event_id" in request.json else {}
        assert webhook_of(request, **changed).key == webhook_of(request).key


@pytest.mark.parametrize(
    ("version", "what"),
    [("5.3", "order.placed"), ("5.3", "order.canceled"), ("6.0", "order.placed")],
)
def test_an_event_that_a_version_sends_twice_has_one_key(version: str, what: str) -> None:
    first, second = sent_by(version, what)
    assert first.json["id"] != second.json["id"]
    assert webhook_of(first).key == webhook_of(second).key


def test_a_repeated_confirmation_is_a_repeat_of_the_placed_order() -> None:
    (placed,) = sent_by("5.6", "order.placed")
    again = webhook_of(placed, id="another", created_at="2026-05-01T00:00:00Z")
    assert again.key == webhook_of(placed).key


def test_a_second_cancellation_after_a_resumption_is_not_a_repeat() -> None:
    (canceled,) = sent_by("5.6", "order.canceled")
    later = webhook_of(canceled, id="another", created_at="2026-05-01T00:00:00Z")
    assert later.key != webhook_of(canceled).key


def test_an_order_that_returns_to_an_earlier_state_is_not_a_repeat() -> None:
    (updated,) = sent_by("5.6", "order.updated")
    later = webhook_of(updated, id="another", created_at="2026-05-01T00:00:00Z")
    assert later.key != webhook_of(updated).key
