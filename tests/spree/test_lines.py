"""Lines of a file: which orders they hold."""

import json
from typing import Any

import pytest

from spree.lines import LineError, read_line
from tests.spree.essentials import ALL, essentials, expected
from tests.spree.fake_spree.formats import admin, hub, v1
from tests.spree.fake_spree.formats.json_api import Rendering
from tests.spree.shops import small_shop

SHOP = small_shop()
BOUGHT, GUEST, LEFT = SHOP.orders
RENDERING = Rendering(SHOP, is_webhook=False)
EXPAND = {"items", "fulfillments", "billing_address", "shipping_address", "adjustments"}
INCLUDE = ",".join(
    [
        "user,adjustments,shipments,bill_address.country,bill_address.state",
        "ship_address.country,ship_address.state,line_items.variant.product",
    ]
)


def line(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("render", "lacks"),
    [
        (lambda order: v1.order(order, is_solidus=False), {"canceled_at"}),
        (lambda order: v1.order(order, is_solidus=True), {"canceled_at"}),
        (lambda order: RENDERING.document(RENDERING.order(order), INCLUDE), set()),
        (lambda order: admin.order(order, EXPAND), set()),
        (lambda order: {"data": [admin.order(order, EXPAND)], "meta": {}}, set()),
    ],
)
def test_a_line_with_an_order_of_any_api_is_read_like_its_answer(
    render: Any, lacks: set[str]
) -> None:
    messages = [read_line(line(render(order))) for order in SHOP.orders]
    assert [[message.type for message in one] for one in messages] == [
        ["order:new"],
        ["order:new"],
        ["cart:updated"],
    ]
    names = ALL - lacks
    assert [essentials(one, names) for (one,) in messages] == [
        expected(order, names) for order in SHOP.orders
    ]


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: {"order": one, "request_id": "1"}])
def test_a_line_with_a_hub_order_becomes_a_message(wrap: Any) -> None:
    (message,) = read_line(line(wrap(hub.order(BOUGHT))))
    assert (message.type, message.payload["order"]["id"]) == ("order:new", BOUGHT.number)
    (cart,) = read_line(line(wrap(hub.order(LEFT))))
    assert (cart.type, cart.payload["cart"]["id"]) == ("cart:updated", LEFT.number)


def test_a_hub_message_stays_as_it_is() -> None:
    body = {"message": "order:updated", "message_id": "m-1", "payload": {"order": {"id": "R1"}}}
    (message,) = read_line(line(body))
    assert message.envelope() == body


def test_a_hub_message_without_id_has_the_same_one_each_time() -> None:
    body = {"message": "order:new", "payload": {"order": {"id": "R1"}}}
    (first,), (second,) = read_line(line(body)), read_line(line(body))
    assert first == second
    assert first.id.startswith("line:")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"{", "not valid JSON: "),
        (b"[]", "not a JSON object"),
        (b"{}", "neither a hub message nor an order"),
        (b'{"message": 1}', "message: Not a valid string."),
        (b'{"message": "order:new"}', "payload: Not a valid object."),
        (b'{"message": "a", "payload": {}, "message_id": []}', "message_id: Not a valid string."),
        (b'{"data": {"type": "product"}}', "neither a hub message nor an order"),
        (b'{"orders": []}', "neither a hub message nor an order"),
        (b'{"order": 1}', "neither a hub message nor an order"),
    ],
)
def test_any_other_line_is_refused_with_a_reason(text: bytes, reason: str) -> None:
    with pytest.raises(LineError) as error:
        read_line(text)
    assert str(error.value).startswith(reason)
