"""Carts with numbers other than those of their orders: the order names its cart."""

import pytest

from mappers import Key
from tests.mappers.site import Site, body, event

LINE = {"id": 1, "sku": "CUP", "quantity": 1, "price": 5}
ORDER = {
    "number": "R1",
    "currency": "EUR",
    "placed_on": "2026-03-01",
    "updated_at": "2026-03-02",
    "line_items": [LINE],
}


@pytest.mark.parametrize(
    ("order", "original", "cart"),
    [
        ({"cart_id": "cart_spZ8"}, None, "cart_spZ8"),
        ({}, {"cart_id": "cart_spZ8"}, "cart_spZ8"),
        ({"cart_id": 7}, {"cart_id": 8}, "7"),
        ({}, {"id": 12}, "R1"),
        ({"cart_id": ""}, {}, "R1"),
    ],
)
def test_the_events_of_a_new_order_name_its_cart(order, original, cart):
    taken = Site().take("order:new", {"order": ORDER | order, "original": original})

    assert [(one.name, one.body.get("cart_id") or one.body["id"]) for one in taken.events[:3]] == [
        ("cart", cart),
        ("order-placed", cart),
        ("order-accepted", cart),
    ]
    assert event(taken, "cart").subject == Key("cart", cart)


def test_the_cart_of_an_order_continues_from_the_last_cart_message():
    site = Site()
    cart = {"id": "cart_spZ8", "number": "cart_spZ8", "email": "June@example.com"}
    site.take("cart:new", {"cart": cart | {"line_items": [LINE], "updated_at": "2026-03-01"}})
    one = ORDER | {"cart_id": "cart_spZ8", "line_items": [LINE | {"quantity": 2}]}
    taken = site.take("order:new", {"order": one})

    sold = body(taken, "cart")
    assert [item["quantity"] for item in sold["items"]] == [2]
    assert [item["quantity"] for item in sold["previous_items"]] == [1]
    assert body(taken)["customer"]["email"] == "June@example.com"


def test_an_update_without_the_cart_keeps_it():
    site = Site()
    site.take("order:new", {"order": ORDER | {"cart_id": "cart_spZ8"}})
    taken = site.take("order:updated", {"order": ORDER | {"updated_at": "2026-03-03"}})

    assert body(taken)["cart_id"] == "cart_spZ8"


def test_a_repeated_new_order_without_its_cart_keeps_the_cart():
    site = Site()
    site.take("order:new", {"order": ORDER | {"cart_id": "cart_spZ8"}})
    again = ORDER | {"updated_at": "2026-03-03", "line_items": [LINE | {"quantity": 3}]}
    taken = site.take("order:new", {"order": again})

    cart = body(taken, "cart")
    assert (cart["id"], body(taken)["cart_id"]) == ("cart_spZ8", "cart_spZ8")
    assert [item["quantity"] for item in cart["previous_items"]] == [1]
    assert event(taken, "cart").subject == Key("cart", "cart_spZ8")


def test_a_new_order_without_its_cart_keeps_the_cart_known_before():
    site = Site()
    unfinished = {**ORDER, "placed_on": None, "state": "payment", "cart_id": "cart_spZ8"}
    site.take("order:updated", {"order": unfinished})
    taken = site.take("order:new", {"order": ORDER | {"updated_at": "2026-03-03"}})

    assert body(taken, "cart")["id"] == body(taken)["cart_id"] == "cart_spZ8"


def test_an_order_that_is_not_placed_yet_is_the_cart_it_names():
    one = {**ORDER, "placed_on": None, "state": "payment", "cart_id": "cart_spZ8"}
    taken = Site().take("order:updated", {"order": one})

    assert [(one.name, one.body["id"]) for one in taken.events] == [("cart", "cart_spZ8")]
