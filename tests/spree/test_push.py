"""What hub connectors push."""

import json

import pytest

from spree.push import PushError, read_push
from tests.spree.fake_spree.formats import hub
from tests.spree.fake_spree.shop import FakeShop, play_small_history


def pushed(**records: object):
    return read_push(json.dumps(records).encode())


def test_each_order_of_a_push_is_a_message_in_the_hubs_own_form() -> None:
    shop = FakeShop()
    bought, guest, left = (hub.order(order) for order in play_small_history(shop))
    messages = pushed(orders=[bought, guest, left])
    assert [(message.type, message.payload) for message in messages] == [
        ("order:new", {"order": bought}),
        ("order:new", {"order": guest}),
        ("cart:updated", {"cart": left}),
    ]


def test_a_repeated_push_keeps_its_id_and_a_changed_one_gets_another() -> None:
    order = {"id": "R1", "placed_on": "2026-04-01T10:00:00Z", "status": "complete"}
    (first,), (again,) = pushed(orders=[order]), pushed(orders=[dict(reversed(order.items()))])
    (changed,) = pushed(orders=[{**order, "status": "canceled"}])
    assert first.id == again.id != changed.id


def test_products_taxons_and_customers_are_pushed_too() -> None:
    messages = pushed(
        users=[{"id": 3}], products=[{"id": "WAX"}], taxons=[{"id": 6}], customers=[{"id": 4}]
    )
    assert [(message.type, message.payload) for message in messages] == [
        ("product:updated", {"product": {"id": "WAX"}}),
        ("taxon:updated", {"taxon": {"id": 6}}),
        ("customer:updated", {"customer": {"id": 4}}),
        ("customer:updated", {"customer": {"id": 3}}),
    ]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "The body is not valid JSON."),
        (b"[]", "The body is not a JSON object."),
        (b'{"orders": 3}', "orders: Not a valid list."),
        (b"{}", "The body has none of: orders, carts, products, taxons, customers, users."),
    ],
)
def test_an_invalid_push_is_refused(body: bytes, error: str) -> None:
    with pytest.raises(PushError) as raised:
        read_push(body)
    assert str(raised.value) == error
