import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers import map_message, mismatch
from tests.mappers.payloads import NOW

SUMS = {
    "subtotal": 50,
    "total_tax": 4.5,
    "total_shipping": 6.0,
    "total_payment_cost": 0,
    "total_discounts": 0,
    "total": 60.5,
}


def adds_up(on_lines=(0,), **sums):
    items = [{"discount_price": amount} for amount in on_lines]
    return mismatch({**SUMS, **sums, "items": items}) is None


@pytest.mark.parametrize(
    ("sums", "on_lines"),
    [
        ({}, []),
        ({"total": 60.51}, []),
        ({"total": 60.49}, []),
        ({"total": 56}, []),
        ({"total_payment_cost": 2.25, "total": 62.75}, []),
        ({"total_payment_cost": 2.25}, []),
        ({"total_discounts": 10, "total": 50.5}, []),
        ({"total_discounts": 10, "total": 46}, []),
        ({"total": 57.5}, [1, 2]),
        ({"total_discounts": 10, "total": 47.5}, [1, 2]),
        ({"total_discounts": 10, "total": 50.5}, [4, 6]),
        ({"total_discounts": 100, "total": 0}, []),
        ({"subtotal": 0.1, "total_tax": 0.2, "total_shipping": 0, "total": 0.3}, []),
    ],
)
def test_what_adds_up_in_any_legitimate_reading_is_no_mismatch(sums, on_lines):
    assert adds_up(on_lines, **sums)


@pytest.mark.parametrize(
    ("sums", "on_lines"),
    [
        ({"total": 60.52}, []),
        ({"total": 60.48}, []),
        ({"total": 0}, []),
        ({"total_discounts": 10}, []),
        ({"total_discounts": 10, "total": 45}, [5]),
        ({"total": 54.5}, []),
        ({"subtotal": 9007199254740992}, []),
    ],
)
def test_what_adds_up_in_none_is_one(sums, on_lines):
    assert not adds_up(on_lines, **sums)


def test_a_mismatch_tells_the_sums():
    told = mismatch({**SUMS, "total": 99.95, "items": []})

    assert {name: str(amount) for name, amount in told.items()} == {
        "subtotal": "50",
        "total_tax": "4.5",
        "total_shipping": "6.0",
        "total_payment_cost": "0",
        "total_discounts": "0",
        "total": "99.95",
    }


def test_an_event_without_sums_has_none_to_add_up():
    assert mismatch({"order_number": "R1", "status": "cancelled"}) is None


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 10**6)), max_size=4),
    st.lists(st.integers(-(10**5), 10**5), max_size=3),
)
def test_a_total_that_the_mapper_makes_always_adds_up(lines, adjustments):
    order = {
        "number": "R1",
        "line_items": [
            {"id": place, "quantity": quantity, "price": cents / 100}
            for place, (quantity, cents) in enumerate(lines, start=1)
        ],
        "adjustments": [{"name": "Tax", "value": cents / 100} for cents in adjustments],
    }
    (event,) = read_message("order:updated", {"order": order}, {}, NOW).events({})
    assert mismatch(event.body) is None


SOUND = {"item": 20, "tax": 2, "shipping": 0, "order": 27}
SHIPPING = [{"name": "Shipping", "value": 5}]
LINES = [{"id": 1, "sku": "T-1", "quantity": 2, "price": 10}]


@pytest.mark.parametrize(
    ("own", "by_hub", "mixes"),
    [
        ({"total": "9.99", "tax_total": "1.0"}, SOUND, True),  # the shop tells no item_total
        ({"item_total": "12.00"}, SOUND, True),
        ({"total": "9.99"}, SOUND | {"order": 30}, False),  # the hub's do not add up, either
        ({"item_total": "12.00", "total": "9.99"}, SOUND, False),  # the shop's own are all there
        ({"tax_total": "1.0"}, SOUND, False),
        ({}, SOUND, False),
    ],
)
def test_some_sums_of_the_shop_beside_sound_ones_of_the_hub_make_no_sum(own, by_hub, mixes):
    cart = {"number": "R1", "totals": by_hub, "adjustments": SHIPPING, "line_items": LINES}

    (event,) = read_message("cart:new", {"cart": cart, "original": own}, {}, NOW).events({})

    assert event.mixes_sums is mixes
