import pytest

from mappers import MappingError, read_message
from tests.mappers.payloads import (
    CANISTER,
    DATES,
    EARLY,
    LATE,
    NOW,
    PURCHASE,
    SENCHA,
    SENT_LATE,
    accepted,
    bodies,
    cart,
    events,
    picked,
    without,
)

BOTH = ["accepted", "cancelled"]
UPDATES = ["order:update", "order:updated"]
CANCELS = ["order:cancel", "order:canceled", "order:cancelled"]


def said(message, order=(), **beside):
    """The kinds of the cart and order events of a message, orders by their status."""
    mapped = events(message, {"order": {**PURCHASE, **dict(order)}, **beside})
    return [body.get("status", kind) for kind, body in mapped if kind in ("cart", "order")]


def canceled(order=(), message="order:canceled", **beside):
    """The order-cancelled event of a canceled order."""
    payload = {"order": {**PURCHASE, **dict(order)}, **beside}
    return bodies("order", message, payload)[-1]


def placed(order=(), **beside):
    """The order-placed event of a new order."""
    payload = {"order": {**PURCHASE, **dict(order)}, **beside}
    return bodies("order", "order:new", payload)[0]


def test_a_new_order_sends_cart_placed_and_accepted_in_this_order():
    assert said("order:new") == ["cart", "placed", "accepted"]


def test_a_new_order_also_sends_each_product_and_the_customer():
    order = {**PURCHASE, "line_items": [CANISTER, SENCHA, CANISTER]}
    mapped = events("order:new", {"order": order})
    assert sorted(kind for kind, _ in mapped) == [
        "cart",
        "customer",
        "order",
        "order",
        "product",
        "product",
    ]


def test_a_new_order_sends_its_cart_as_it_was():
    assert bodies("cart", "order:new", {"order": PURCHASE}) == [cart()]


def test_a_complete_placed_order():
    order = {"placed_on": LATE, "visit_id": 1, "visitor_id": 2}
    assert placed(order, original={"pageview_id": 3, "last_pageview_id": 4}) == {
        "order_number": "R77",
        "cart_id": "R77",
        "status": "placed",
        "order_date": SENT_LATE,
        "customer": cart()["customer"],
        "visit": {"visit_id": "1", "visitor_id": "2", "pageview_id": "3", "last_pageview_id": "4"},
    }


def test_a_complete_accepted_order():
    totals = {"item": 25, "tax": 2, "shipping": 3, "payment": 9, "order": 29}
    order = {"placed_on": LATE, "totals": totals, "shipping_address": {"city": "Whitby"}}
    of_cart = without(cart()["items"][0], "cart_item_number")
    assert accepted(order, original={"visit_id": 1}) == {
        "order_number": "R77",
        "cart_id": "R77",
        "status": "accepted",
        "order_date": SENT_LATE,
        **DATES,
        "subtotal": 25,
        "total": 29,
        "total_tax": 2,
        "total_shipping": 3,
        "total_payment_cost": 0,
        "total_discounts": 0,
        "currency": "GBP",
        "customer": cart()["customer"],
        "delivery_address": {"city": "Whitby"},
        "items": [{**of_cart, "order_item_number": "1", "status": "accepted"}],
        "previous_items": [],
    }


@pytest.mark.parametrize("message", CANCELS)
def test_a_cancelled_order_has_its_number_and_date(message):
    mapped = canceled({"canceled_at": LATE}, message)
    assert picked(mapped, "order_number", "cancel_date", "status") == {
        "order_number": "R77",
        "cancel_date": SENT_LATE,
        "status": "cancelled",
    }


@pytest.mark.parametrize(
    ("order", "original", "number"),
    [
        ({"number": "R1", "id": "R2"}, {"number": "R3", "id": 4}, "R1"),
        ({"number": None, "id": "R2"}, {"number": "R3", "id": 4}, "R3"),
        ({"number": "", "id": "R2"}, {"number": None}, "R2"),
    ],
)
def test_the_order_number_is_the_orders_then_the_originals_then_the_orders_id(
    order, original, number
):
    payload = {"order": {**PURCHASE, **order}, "original": original}
    (its_cart,) = bodies("cart", "order:new", payload)
    orders = bodies("order", "order:new", payload) + bodies("order", "order:canceled", payload)
    assert [body["order_number"] for body in orders] == [number] * 4
    assert [body["cart_id"] for body in orders[:3]] == [its_cart["id"]] * 3


@pytest.mark.parametrize("message", ["order:new", *UPDATES, *CANCELS])
@pytest.mark.parametrize("order", [{}, {"number": None}, {"number": ""}])
def test_an_order_without_a_number_is_refused(message, order):
    payload = {"order": {**without(PURCHASE, "number"), **order}}
    with pytest.raises(MappingError) as caught:
        read_message(message, payload, {}, NOW).events({})
    assert caught.value.errors == {"order.number": ["Missing data for required field."]}


@pytest.mark.parametrize(
    ("order", "original", "day"),
    [
        ({"placed_on": "2014-03-05T00:00:00Z"}, {"completed_at": "2014-03-06T00:00:00Z"}, 5),
        ({"placed_on": None}, {"completed_at": "2014-03-06T00:00:00Z"}, 6),
        ({"placed_on": ""}, {"completed_at": None, "created_at": EARLY}, 1),
        ({}, None, 1),
    ],
)
def test_the_order_date_is_placed_on_then_completed_at_then_create_date(order, original, day):
    for mapped in (placed(order, original=original), accepted(order, original=original)):
        assert mapped["order_date"][:10] == f"2014-03-{day:02}"


@pytest.mark.parametrize(
    ("order", "original", "day"),
    [
        ({"canceled_at": "2014-03-05T00:00:00Z"}, {"updated_at": "2014-03-06T00:00:00Z"}, 5),
        ({"updated_at": "2014-03-04T00:00:00Z"}, {"updated_at": "2014-03-06T00:00:00Z"}, 6),
        ({"updated_at": None}, {"updated_at": "2014-03-06T00:00:00Z"}, 6),
    ],
)
def test_the_cancel_date_is_canceled_at_then_updated_at(order, original, day):
    assert canceled(order, original=original)["cancel_date"] == f"2014-03-{day:02}T00:00:00.000Z"


@pytest.mark.parametrize("message", UPDATES)
@pytest.mark.parametrize("state", ["complete", "resumed", "awaiting_return", "returned", "", None])
@pytest.mark.parametrize("original", [None, {"state": None}])
def test_an_updated_order_is_accepted_whatever_its_state(message, state, original):
    assert said(message, {"status": state}, original=original) == ["accepted"]


@pytest.mark.parametrize("message", UPDATES)
@pytest.mark.parametrize("spelling", ["canceled", "cancelled"])
def test_an_order_updated_to_canceled_is_accepted_then_cancelled(message, spelling):
    assert said(message, {"status": spelling}) == BOTH
    assert said(message, {"status": None}, original={"state": spelling}) == BOTH
    assert said(message, {"status": "resumed"}, original={"state": spelling}) == ["accepted"]


@pytest.mark.parametrize("message", CANCELS)
@pytest.mark.parametrize("status", ["canceled", "complete", None])
def test_a_cancel_message_is_accepted_then_cancelled_for_any_status(message, status):
    assert said(message, {"status": status}) == BOTH


@pytest.mark.parametrize(
    ("order", "original"),
    [({"status": "canceled"}, None), ({"status": None}, {"state": "cancelled"})],
)
def test_a_new_order_that_is_already_canceled_ends_with_cancelled(order, original):
    assert said("order:new", order, original=original) == ["cart", "placed", *BOTH]


@pytest.mark.parametrize(
    ("message", "status", "item_status"),
    [
        ("order:updated", "complete", "accepted"),
        ("order:updated", "resumed", "accepted"),
        ("order:updated", "awaiting_return", "accepted"),
        ("order:updated", "returned", "cancelled"),
        ("order:updated", "canceled", "cancelled"),
        ("order:cancel", None, "cancelled"),
    ],
)
def test_items_are_cancelled_when_the_order_is_canceled_or_returned(message, status, item_status):
    order = {**PURCHASE, "status": status, "line_items": [CANISTER, SENCHA]}
    mapped = bodies("order", message, {"order": order})[0]
    assert [line["status"] for line in mapped["items"]] == [item_status] * 2


@pytest.mark.parametrize("lines", [[], {}, [{}]])
def test_an_order_may_have_no_lines(lines):
    assert accepted({"line_items": lines})["items"] == []


@pytest.mark.parametrize("message", ["order:new", "order:updated"])
def test_an_order_may_be_dated_at_the_earliest_possible_time(message):
    mapped = bodies(
        "order", message, {"order": {"number": "R1", "placed_on": "0001-01-01", "line_items": []}}
    )
    assert mapped[-1]["change_date"] == "0001-01-01T00:00:00.000Z"
