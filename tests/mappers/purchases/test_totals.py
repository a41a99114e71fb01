import pytest

from tests.mappers.payloads import CANISTER, SENCHA, accepted, cart, picked, problems, sent

TWO_LINES = {"line_items": [{**CANISTER, "quantity": 3}, SENCHA]}  # 37.5 and 4.95
ALL_TOTALS = {
    "totals": {"item": 40, "tax": 4, "shipping": 5, "payment": 60, "order": 49},
    "item_total": "41",
}
ALL_ORIGINALS = {"item_total": "50", "total": "61.50", "tax_total": "5.5", "ship_total": "6.0"}


@pytest.mark.parametrize(
    ("in_cart", "original", "subtotal"),
    [
        (ALL_TOTALS, ALL_ORIGINALS, 50),
        (ALL_TOTALS, {"item_total": None}, 40),
        ({"totals": {"item": None}, "item_total": "41"}, {}, 41),
        ({"totals": None, "item_total": ""}, None, 42.45),
        ({}, {"item_total": "0.0"}, 0),
    ],
)
def test_the_subtotal_is_the_first_one_available(in_cart, original, subtotal):
    assert cart({**TWO_LINES, **in_cart}, original=original)["subtotal"] == subtotal


def charged(name, *values):
    """Adjustments of one name."""
    return {"adjustments": [{"name": name, "value": value} for value in values]}


@pytest.mark.parametrize(
    ("in_cart", "original", "total"),
    [
        (ALL_TOTALS, ALL_ORIGINALS, 61.5),
        (ALL_TOTALS, {"total": None}, 49),
        ({"totals": {"tax": 4, "shipping": 5}}, None, 51.45),
        ({"totals": {"tax": 4, "shipping": 5}, **charged("Sale", -1.45)}, None, 50),
        (charged("Voucher", "-100.00"), None, 0),
        ({"totals": {"order": "-3.00"}}, None, 0),
        ({}, {"total": "-0.01"}, 0),
    ],
)
def test_the_total_is_the_first_one_available_and_never_negative(in_cart, original, total):
    assert cart({**TWO_LINES, **in_cart}, original=original)["total"] == total


@pytest.mark.parametrize(
    ("in_cart", "original", "tax"),
    [
        (ALL_TOTALS, ALL_ORIGINALS, 5.5),
        (ALL_TOTALS, {"tax_total": None}, 4),
        ({"totals": {"tax": 0}, **charged("Tax", "1.10", 2)}, None, 3.1),
        ({"totals": {"tax": "0.00"}, **charged("tax", 10.0)}, None, 10),
        (charged("Tax", 10), None, 10),
        (charged("North Yorkshire", 10), None, 0),
        ({}, None, 0),
    ],
)
def test_the_tax_is_the_first_one_available(in_cart, original, tax):
    assert cart(in_cart, original=original)["total_tax"] == tax


@pytest.mark.parametrize(
    ("in_cart", "original", "shipping"),
    [
        (ALL_TOTALS, ALL_ORIGINALS, 6),
        (ALL_TOTALS, {"ship_total": None}, 5),
        ({"totals": {"shipping": 0}, **charged("Shipping", 5, "5.00")}, None, 10),
        ({**charged("shipping", 5), "shipments": [{"cost": 7}]}, None, 5),
        ({"shipments": [{"cost": 7}, {"cost": "1.50"}, {"cost": None}]}, None, 8.5),
        ({**charged("Tax", 5), "shipments": [{"cost": 7}]}, None, 7),
        ({"shipments": None}, None, 0),
    ],
)
def test_the_shipping_is_the_first_one_available(in_cart, original, shipping):
    assert cart(in_cart, original=original)["total_shipping"] == shipping


@pytest.mark.parametrize(
    ("in_cart", "original", "discounts"),
    [
        ({}, None, 0),
        (charged("Sale", -1, "-2.25", 4), None, 3.25),
        (charged("Sale", 4), None, 0),
        (
            charged("Sale", -9),
            {
                "adjustments": [
                    {"amount": "-3.00", "eligible": True},
                    {"amount": "-0.50"},
                    {"amount": "-1.00", "eligible": None},
                    {"amount": "-8.00", "eligible": False},
                    {"amount": "2.00", "eligible": True},
                ]
            },
            4.5,
        ),
    ],
)
def test_discounts_are_the_negative_adjustments_as_a_positive_number(in_cart, original, discounts):
    assert cart(in_cart, original=original)["total_discounts"] == discounts


@pytest.mark.parametrize(
    ("in_cart", "original", "cost"),
    [
        ({"totals": {"payment": 114.95}}, {"payment_total": "114.95"}, 0),
        ({"payments": [{"amount": 25, "payment_method": "Cheque"}]}, None, 0),
        (charged("Payment fee", "1.50"), None, 1.5),
        (charged("Shipping", 5), None, 0),
    ],
)
def test_the_payment_cost_is_the_fee_and_not_the_amount_paid(in_cart, original, cost):
    assert cart(in_cart, original=original)["total_payment_cost"] == cost


AMOUNTS = ("subtotal", "total", "total_tax", "total_shipping", "total_discounts")


def test_an_order_prefers_the_hubs_totals():
    assert picked(accepted(ALL_TOTALS, original=ALL_ORIGINALS), *AMOUNTS) == {
        "subtotal": 40,
        "total": 49,
        "total_tax": 4,
        "total_shipping": 5,
        "total_discounts": 0,
    }


def test_an_order_without_totals_uses_the_originals():
    assert picked(accepted({"totals": {}}, original=ALL_ORIGINALS), *AMOUNTS) == {
        "subtotal": 50,
        "total": 61.5,
        "total_tax": 5.5,
        "total_shipping": 6,
        "total_discounts": 0,
    }


def test_the_originals_tax_and_shipping_replace_totals_of_0():
    zeros = {"totals": {"item": 40, "tax": 0, "shipping": 0, "order": 51.5}}
    assert picked(accepted(zeros, original=ALL_ORIGINALS), "total_tax", "total_shipping") == {
        "total_tax": 5.5,
        "total_shipping": 6,
    }


def test_an_order_without_any_totals_is_added_up():
    order = {
        **TWO_LINES,
        "adjustments": [
            {"name": "Tax", "value": "2.10"},
            {"name": "Shipping", "value": 5},
            {"name": "Sale", "value": "-1.05"},
        ],
    }
    assert sent(picked(accepted(order), *AMOUNTS)) == sent(
        {
            "subtotal": 42.45,
            "total": 48.5,
            "total_tax": 2.1,
            "total_shipping": 5,
            "total_discounts": 1.05,
        }
    )


def test_an_order_total_is_never_negative():
    assert accepted({"totals": {"order": -5}})["total"] == 0


def test_totals_in_strings_with_thousands_are_read():
    totals = {"item": "1,299.00", "order": " 1,305.50 ", "tax": "6.50"}
    assert picked(accepted({"totals": totals}), "subtotal", "total", "total_tax") == {
        "subtotal": 1299,
        "total": 1305.5,
        "total_tax": 6.5,
    }


def test_a_sum_too_large_for_jirafe_is_refused_by_field():
    line = {"sku": "TEA", "quantity": 9007199254740992, "price": 2}
    errors = problems("cart:new", {"cart": {"number": "R1", "line_items": [line]}})
    text = "Must be between -9007199254740992 and 9007199254740992."
    assert errors == {"cart.totals": [text]}
