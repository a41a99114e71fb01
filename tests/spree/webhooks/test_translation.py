"""What webhooks become: messages, lookups, or nothing with the reason."""

import copy
import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spree.webhooks.translation import Lookup, Translation, translate, translate_lookup
from spree.webhooks.webhook import WebhookError, read_webhook
from tests.spree.fake_spree.webhooks import GENERATIONS, Sent, WebhookSender
from tests.spree.webhooks.events import SHOP, event, sent_by, webhook_of

Path = tuple[Any, ...]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("webhook.test", "This is a test: the webhook works, and nothing is sent."),
        ("order.deleted", "Deletions are not sent to Jirafe."),
        ("user.delete", "Deletions are not sent to Jirafe."),
        ("payment.completed", "Jirafe has no event for this: nothing is sent."),
        ("order.resend_confirmation_email", "Jirafe has no event for this: nothing is sent."),
        ("nodots", "Jirafe has no event for this: nothing is sent."),
    ],
)
def test_webhooks_without_a_jirafe_event_are_ignored_with_the_reason(
    name: str, reason: str
) -> None:
    translation = translate(event(name, {"id": 1}))
    assert replace(translation, about="") == Translation(ignored=reason)


def test_a_test_event_is_answered_for_every_version_that_has_one() -> None:
    for version in ("5.3", "5.4", "5.6", "6.0"):
        request = WebhookSender(SHOP, version).test(SHOP.now)
        webhook = read_webhook(request.headers, request.body)
        assert (webhook.event, translate(webhook).message) == ("webhook.test", None)


def test_a_changed_line_names_its_cart_if_its_version_does() -> None:
    cart = SHOP.orders[0]
    lookups = {
        version: translate(webhook_of(sent_by(version, "line_item.created")[0])).lookup
        for version in GENERATIONS
    }
    by_id, by_number = Lookup("order", str(cart.id)), Lookup("order", cart.number)
    assert lookups == {
        "4.4": by_id,
        "4.5": by_number,
        "4.10": by_number,
        "5.2": by_number,
        "5.3": by_id,
        "5.4": None,
        "5.6": None,
        "6.0": None,
    }


def test_a_deleted_line_leaves_the_cart_without_a_list_of_lines() -> None:
    (request,) = sent_by("4.10", "line_item.created")
    translation = translate(webhook_of(request, event_type="line_item.delete"))
    assert translation.message is not None
    assert translation.message.type == "cart:updated"
    assert "line_items" not in translation.message.payload["original"]


@pytest.mark.parametrize("version", GENERATIONS)
def test_a_variant_has_its_sku_and_leads_to_its_product(version: str) -> None:
    translation = translate(webhook_of(sent_by(version, "variant.updated")[0]))
    assert (translation.skus, translation.lookup, translation.message) == (
        {"31": "STOOL-OAK"},
        Lookup("product", "21"),
        None,
    )


def test_a_product_without_a_sku_in_its_body_is_not_sent_under_another_identity() -> None:
    whole = {
        version: translate(webhook_of(sent_by(version, "product.updated")[0])).message
        for version in GENERATIONS
    }
    assert {version for version, message in whole.items() if message} == {"4.5", "4.10", "5.2"}


def test_a_customer_of_5_4_and_later_is_dated_by_the_event() -> None:
    (request,) = sent_by("5.6", "user.created")
    message = translate(webhook_of(request)).message
    assert message is not None
    customer = message.payload["customer"]
    names = ("id", "email", "first_name", "last_name", "created_at", "updated_at")
    assert [customer[name] for name in names] == [
        "77",
        "ida.holm@example.com",
        "Ida",
        "Holm",
        "2026-03-02T09:00:00Z",
        "2026-03-02T09:00:00Z",
    ]


def test_an_order_that_staff_create_as_placed_is_new() -> None:
    (request,) = sent_by("5.6", "order.placed")
    translation = translate(webhook_of(request, name="order.created"))
    assert translation.message is not None
    assert translation.message.type == "order:new"


def test_an_update_of_a_canceled_order_says_that_it_is_canceled() -> None:
    (request,) = sent_by("5.6", "order.canceled")
    message = translate(webhook_of(request, name="order.updated")).message
    assert message is not None
    assert (message.type, message.payload["original"]["state"]) == ("order:updated", "canceled")


def test_a_single_canceled_parcel_does_not_cancel_the_order() -> None:
    (request,) = sent_by("5.6", "order.updated")
    data = {**request.json["data"], "completed_at": "2026-03-02T10:00:00Z"}
    data |= {"fulfillment_status": "canceled", "payment_status": "paid"}
    message = translate(webhook_of(request, data=data)).message
    assert message is not None
    assert message.payload["original"]["state"] == "complete"


@pytest.mark.parametrize(
    ("name", "state", "expected"),
    [
        ("order.canceled", "canceled", ("order:canceled", "canceled")),
        ("order.canceled", "resumed", ("order:updated", "resumed")),
        ("order.resumed", "complete", ("order:updated", "resumed")),
        ("order.resumed", "canceled", ("order:updated", "canceled")),
        ("order.completed", "canceled", ("order:new", "canceled")),
        ("order.updated", "complete", ("order:updated", "complete")),
    ],
)
def test_a_record_newer_than_the_event_is_used(
    name: str, state: str, expected: tuple[str, str]
) -> None:
    message = translate_lookup(placed_event(name), found_order(state))
    assert message is not None
    assert (message.type, message.payload["original"]["state"]) == expected


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("order.completed", {"number": "R1", "state": "payment"}),
        ("order.paid", {"number": "R1", "state": "payment"}),
        ("order.canceled", {"state": "complete", "updated_at": "2026-04-01T10:00:00.999Z"}),
        ("order.resumed", {"state": "canceled", "updated_at": "2026-04-01T10:00:00.999Z"}),
    ],
)
def test_a_record_read_before_the_shop_committed_the_event_is_read_again(
    name: str, found: dict[str, str]
) -> None:
    order = found if found["state"] == "payment" else {**found_order("complete"), **found}
    assert translate_lookup(placed_event(name), order) is None


def placed_event(name: str):
    placed = {"id": "or_UkLWZg9DAJ", "number": "R1", "completed_at": "2026-04-01T10:00:00Z"}
    return event(name, placed)


def found_order(state: str) -> dict[str, str]:
    return {
        "number": "R1",
        "state": state,
        "completed_at": "2026-04-01T10:00:00Z",
        "updated_at": "2026-04-01T10:00:01.500Z",
    }


def test_fees_of_spree_6_count_once_whether_or_not_they_are_adjustments() -> None:
    sums = {"item_total": "50.0", "delivery_total": "5.0", "fee_total": "2.0"}
    inside = {**sums, "adjustment_total": "2.0", "total": "57.0"}
    beside = {**sums, "adjustment_total": "0.0", "total": "57.0"}
    amounts = [
        [one["amount"] for one in _order(event("order.placed", {"number": "R1", **data}))]
        for data in (inside, beside)
    ]
    assert amounts == [["2.0"], ["2.0"]]


def _order(webhook) -> list[dict[str, str]]:
    message = translate(webhook).message
    assert message is not None
    adjustments: list[dict[str, str]] = message.payload.get("original", {})["adjustments"]
    return adjustments


def test_only_mapped_fields_of_a_body_are_passed_on() -> None:
    (request,) = sent_by("6.0", "order.created")
    message = translate(webhook_of(request)).message
    assert request.json["data"]["token"] == "a-cart-token"
    assert "a-cart-token" not in repr(message)


def _paths(value: Any, path: Path = ()) -> list[Path]:
    """Return the paths of everything inside a JSON value."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [deeper for key, one in items for deeper in ((*path, key), *_paths(one, (*path, key)))]


def _with(value: Any, path: Path, replacement: Any) -> Any:
    """Return the value with something else at the path, if there still is such a path."""
    if not path:
        return replacement
    changed = copy.copy(value)
    if isinstance(value, dict) or (isinstance(value, list) and path[0] in range(len(value))):
        inner = value.get(path[0]) if isinstance(value, dict) else value[path[0]]
        changed[path[0]] = _with(inner, path[1:], replacement)
    return changed


BODIES = [
    (request, _paths(request.json))
    for version in GENERATIONS
    for what in sorted({change.what for change in SHOP.changes})
    for request in sent_by(version, what)
]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(BODIES), st.lists(JSON, min_size=1, max_size=3), st.randoms())
def test_any_body_is_translated_or_refused(
    sent: tuple[Sent, list[Path]], replacements: list[Any], chance: random.Random
) -> None:
    request, paths = sent
    body = request.json
    for replacement in replacements:
        body = _with(body, chance.choice(paths), replacement)
    try:
        webhook = read_webhook(request.headers, json.dumps(body).encode())
    except WebhookError:
        return
    translation = translate(webhook)
    assert translation.message or translation.ignored
