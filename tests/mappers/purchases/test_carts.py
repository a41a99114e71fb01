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
    SENT_EARLY,
    SENT_LATE,
    SENT_NOW,
    cart,
    events,
    picked,
    without,
)


def test_a_complete_cart():
    payload = {
        "cart": {
            **PURCHASE,
            "totals": {"item": 25, "tax": 2, "shipping": 3, "payment": 9, "order": 29},
            "adjustments": [{"name": "Spring sale", "value": "-1.00"}],
            "billing_address": {"firstname": "Mina", "lastname": "Okabe", "phone": "555"},
            "visit_id": 17,
        },
        "original": {"user_id": 8, "line_items": [{**CANISTER, "id": 400}]},
    }
    assert events("cart:new", payload) == [
        (
            "cart",
            {
                "id": "R77",
                **DATES,
                "subtotal": 25,
                "total": 29,
                "total_tax": 2,
                "total_shipping": 3,
                "total_payment_cost": 0,
                "total_discounts": 1,
                "currency": "GBP",
                "customer": {
                    "id": "8",
                    **DATES,
                    "email": "mina@example.com",
                    "first_name": "Mina",
                    "last_name": "Okabe",
                    "name": "Mina Okabe",
                    "phone": "555",
                },
                "items": [
                    {
                        "id": "400",
                        **DATES,
                        "cart_item_number": "1",
                        "quantity": 2,
                        "price": 12.5,
                        "discount_price": 0,
                        "product": {
                            "id": "CAN-1",
                            **DATES,
                            "is_product": True,
                            "is_sku": True,
                            "code": "CAN-1",
                            "name": "Canister",
                        },
                    }
                ],
                "previous_items": [],
                "visit": {
                    "visit_id": "17",
                    "visitor_id": "",
                    "pageview_id": "",
                    "last_pageview_id": "",
                },
            },
        )
    ]


@pytest.mark.parametrize("message", ["cart:new", "cart:updated"])
def test_new_and_updated_carts_become_a_cart_event_alone(message):
    assert [kind for kind, _ in events(message, {"cart": PURCHASE})] == ["cart"]


@pytest.mark.parametrize(
    ("in_cart", "original", "cart_id"),
    [
        ({"number": "R1", "id": "R2"}, {"number": "R3", "id": 4}, "R1"),
        ({"number": None, "id": "R2"}, {"number": "R3", "id": 4}, "R3"),
        ({"number": "", "id": "R2"}, {"number": None}, "R2"),
        ({"number": None, "id": 2}, None, "2"),
    ],
)
def test_the_cart_id_is_its_number_then_the_originals_then_its_id(in_cart, original, cart_id):
    assert cart(in_cart, original=original)["id"] == cart_id


@pytest.mark.parametrize("number", [{}, {"number": None}, {"number": ""}, {"number": "  "}])
def test_a_cart_without_a_number_is_refused(number):
    with pytest.raises(MappingError) as caught:
        read_message(
            "cart:new", {"cart": {**without(PURCHASE, "number"), **number}}, {}, NOW
        ).events({})
    assert caught.value.errors == {"cart.number": ["Missing data for required field."]}
    assert str(caught.value) == "cart.number: Missing data for required field."


@pytest.mark.parametrize("payload", [{}, {"cart": None}, {"cart": {}}, {"original": {}}])
def test_a_payload_without_a_cart_is_refused(payload):
    with pytest.raises(MappingError, match=r"^cart"):
        read_message("cart:new", payload, {}, NOW).events({})


DAY = {day: f"2014-03-{day:02}T00:00:00Z" for day in range(1, 10)}
DATED_LINES = {
    "line_items": [
        {**CANISTER, "created_at": DAY[4], "updated_at": DAY[6]},
        {**SENCHA, "created_at": DAY[3], "updated_at": DAY[5]},
    ]
}


@pytest.mark.parametrize(
    ("in_cart", "original", "day"),
    [
        ({"created_at": DAY[2], "placed_on": DAY[3]}, {"created_at": DAY[1]}, 1),
        ({"created_at": DAY[2], "placed_on": DAY[3]}, {"created_at": None}, 2),
        ({"placed_on": DAY[2], **DATED_LINES}, {}, 2),
        ({"placed_on": "", **DATED_LINES}, {}, 3),
        ({"line_items": []}, DATED_LINES, 3),
        ({}, {}, 9),
    ],
)
def test_the_create_date_is_the_first_one_available(in_cart, original, day):
    mapped = cart({"created_at": None, **in_cart, "updated_at": DAY[9]}, original=original)
    assert mapped["create_date"] == f"2014-03-{day:02}T00:00:00.000Z"


@pytest.mark.parametrize(
    ("in_cart", "original", "day"),
    [
        ({"updated_at": DAY[8], "placed_on": DAY[7]}, {"updated_at": DAY[9]}, 9),
        ({"updated_at": DAY[8], "placed_on": DAY[7]}, {"updated_at": None}, 8),
        ({"updated_at": None, "placed_on": DAY[7], "created_at": DAY[1]}, {}, 7),
        ({"updated_at": None, "created_at": DAY[1]}, {}, 1),
        ({"updated_at": None, "created_at": None}, {"created_at": DAY[2]}, 2),
        ({"updated_at": None, "created_at": None, **DATED_LINES}, {}, 3),
    ],
)
def test_the_change_date_is_the_first_one_available(in_cart, original, day):
    assert cart(in_cart, original=original)["change_date"] == f"2014-03-{day:02}T00:00:00.000Z"


def test_a_cart_without_a_date_is_dated_by_the_clock():
    clocked = {"create_date": SENT_NOW, "change_date": SENT_NOW}
    mapped = cart({"created_at": None, "updated_at": None})
    dated = [mapped, mapped["customer"], mapped["items"][0], mapped["items"][0]["product"]]
    assert [picked(body, *clocked) for body in dated] == [clocked] * 4


@pytest.mark.parametrize(
    ("in_cart", "original", "currency"),
    [
        ({"currency": "EUR"}, {"currency": "JPY"}, "EUR"),
        ({"currency": None}, {"currency": "JPY"}, "JPY"),
        ({"currency": ""}, {"currency": None}, "USD"),
        ({"currency": None}, None, "USD"),
    ],
)
def test_the_currency_is_the_carts_then_the_originals_then_dollars(in_cart, original, currency):
    assert cart(in_cart, original=original)["currency"] == currency


VISIT = {"visit_id": "1", "visitor_id": "2", "pageview_id": "3", "last_pageview_id": "4"}


@pytest.mark.parametrize(
    ("in_cart", "original", "visit"),
    [
        ({"visit_id": "9", "visitor_id": "8"}, VISIT, VISIT),
        (VISIT, {"user_id": 1}, VISIT),
        (VISIT, None, VISIT),
        ({}, {"pageview_id": 6, "visit_id": "0"}, dict.fromkeys(VISIT, "") | {"pageview_id": "6"}),
        ({}, {"pageview_id": 0}, None),
        ({"visitor_id": 5}, None, dict.fromkeys(VISIT, "") | {"visitor_id": "5"}),
        ({}, dict.fromkeys(VISIT), None),
        (dict.fromkeys(VISIT, ""), {}, None),
        ({}, None, None),
    ],
)
def test_the_visit_is_the_originals_then_the_carts_and_left_out_without_any_id(
    in_cart, original, visit
):
    assert cart(in_cart, original=original).get("visit") == visit


@pytest.mark.parametrize("lines", [[], None])
def test_a_cart_may_be_empty(lines):
    mapped = cart({"line_items": lines, "created_at": EARLY, "updated_at": LATE})
    assert picked(mapped, "create_date", "change_date", "subtotal", "total", "items") == {
        "create_date": SENT_EARLY,
        "change_date": SENT_LATE,
        "subtotal": 0,
        "total": 0,
        "items": [],
    }
