"""Signatures, checked against some that OpenSSL made."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spree.webhooks.signatures import (
    TOLERANCE,
    SignatureError,
    is_signed,
    verify,
    verify_path_secret,
)
from spree.webhooks.webhook import WebhookError, read_webhook

SENT = datetime(2026, 4, 1, 10, 0, 2, tzinfo=UTC)
OLD_BODY = (
    b'{"data":{"id":"12","type":"order","attributes":{"number":"R778","total":"48.0",'
    b'"label":"Salt \\u0026 Pepper"}},"event_created_at":"2026-04-01T10:00:02.000Z",'
    b'"event_id":31,"event_type":"order.placed"}'
)
NEW_BODY = (
    b'{"id":"6f0d3c1e-0000-4000-8000-0000000000a1","name":"order.completed",'
    b'"created_at":"2026-04-01T10:00:01Z","data":{"id":"or_UkLWZg9DAJ","number":"R778",'
    b'"note":"Salt \\u0026 Pepper"},"metadata":{"spree_version":"5.6.1"}}'
)
BY_4_6 = {"X-Spree-Hmac-SHA256": "DhCLj/ZHHdakrB/G2n8SItV+ns68deZT8+5LTMJlEEw="}
BY_5_3 = {
    "X-Spree-Webhook-Signature": "d13ad4bc6400bc1975985252ffdf5b616ef11411ced6014ed74e5ac8208c8cad"
}
BY_5_4 = {
    "X-Spree-Webhook-Signature": "9297f51086b530ab2394205485816493e361c58ccf31096221bff857eed22780",
    "X-Spree-Webhook-Timestamp": "1775037602",
}
SIGNED = [
    pytest.param(BY_4_6, OLD_BODY, "a-subscriber-secret", id="4.6 to 5.2"),
    pytest.param(BY_5_3, NEW_BODY, "an-endpoint-secret", id="5.3"),
    pytest.param(BY_5_4, NEW_BODY, "an-endpoint-secret", id="5.4 and later"),
]
signed = pytest.mark.parametrize(("headers", "body", "secret"), SIGNED)


@signed
def test_a_webhook_with_a_valid_signature_is_accepted(headers, body, secret) -> None:
    verify(headers, body, [secret], SENT)
    verify({name.upper(): value for name, value in headers.items()}, body, [secret], SENT)


@signed
def test_each_of_several_secrets_is_valid_during_a_replacement(headers, body, secret) -> None:
    verify(headers, body, ["the-next-secret", secret], SENT)
    verify(headers, body, [secret, "the-last-secret"], SENT)


@signed
@pytest.mark.parametrize("secrets", [[], ["another"], ["unterschlüssel-ß"]])
def test_a_wrong_secret_is_refused(headers, body, secret, secrets) -> None:
    with pytest.raises(SignatureError, match=r"^The signature is wrong\.$"):
        verify(headers, body, secrets, SENT)


@signed
def test_the_same_json_in_other_bytes_is_refused(headers, body, secret) -> None:
    with pytest.raises(SignatureError):
        verify(headers, body.replace(b"\\u0026", b"&"), [secret], SENT)


@signed
@given(st.text())
def test_any_other_signature_is_refused(headers, body, secret, forged) -> None:
    name = next(name for name in headers if "Timestamp" not in name)
    if forged != headers[name]:
        with pytest.raises(SignatureError):
            verify({**headers, name: forged}, body, [secret], SENT)


@pytest.mark.parametrize("seconds", [-TOLERANCE, TOLERANCE])
def test_a_signed_time_may_differ_from_the_clock_by_five_minutes(seconds) -> None:
    verify(BY_5_4, NEW_BODY, ["an-endpoint-secret"], SENT + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-TOLERANCE - 1, TOLERANCE + 1])
def test_a_replayed_request_is_refused_later(seconds) -> None:
    with pytest.raises(SignatureError, match="too old"):
        verify(BY_5_4, NEW_BODY, ["an-endpoint-secret"], SENT + timedelta(seconds=seconds))


@pytest.mark.parametrize("timestamp", ["", "now", "1775037603", "１７７５０３７６０２", "9" * 5000])
def test_a_timestamp_other_than_the_signed_one_is_refused(timestamp) -> None:
    headers = {**BY_5_4, "X-Spree-Webhook-Timestamp": timestamp}
    with pytest.raises(SignatureError):
        verify(headers, NEW_BODY, ["an-endpoint-secret"], SENT)


def test_a_timestamp_cannot_be_moved_into_the_body_to_avoid_the_check() -> None:
    headers = {"X-Spree-Webhook-Signature": BY_5_4["X-Spree-Webhook-Signature"]}
    moved = b"1775037602." + NEW_BODY
    verify(headers, moved, ["an-endpoint-secret"], SENT + timedelta(days=1))
    with pytest.raises(WebhookError):
        read_webhook(headers, moved)


def test_a_request_without_a_signature_is_refused_and_recognized() -> None:
    assert [is_signed(headers) for headers in ({}, BY_4_6, BY_5_3)] == [False, True, True]
    with pytest.raises(SignatureError, match="has no signature"):
        verify({"Content-Type": "application/json"}, NEW_BODY, ["secret"], SENT)


def test_spree_before_4_6_is_authenticated_by_a_secret_in_the_path() -> None:
    verify_path_secret("in-the-path", ["older", "in-the-path"])
    for given_ in ("", "in-the-pat", "IN-THE-PATH", "ïn"):
        with pytest.raises(SignatureError):
            verify_path_secret(given_, ["older", "in-the-path"])
