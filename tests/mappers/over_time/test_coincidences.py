"""Amounts that happen to be equal, or a cent apart, are not mistaken for one another."""

import pytest

from tests.mappers.site import Site, body

NAMES = (
    "subtotal",
    "total_tax",
    "total_shipping",
    "total_payment_cost",
    "total_discounts",
    "total",
)


def mapped(totals, *adjustments, original=None, site=None, message="order:new", **order):
    """An order or a cart of one item, with adjustments by name."""
    name, _ = message.split(":")
    one = {
        "number": "R1",
        "currency": "EUR",
        "updated_at": "2026-03-01",
        "totals": totals,
        "adjustments": [{"name": label, "value": amount} for label, amount in adjustments],
        "line_items": [{"id": 1, "sku": "CUP", "quantity": 1, "price": totals["item"]}],
        **order,
    }
    return (site or Site()).take(message, {name: one, "original": original})


def sums(taken, name="order-accepted"):
    return [body(taken, name)[one] for one in NAMES]


@pytest.mark.parametrize("tax", [4.38, 4.39, 4.4, 4.41])
def test_a_given_discount_is_never_mistaken_for_included_tax(tax):
    total = round(88 + tax - 4.4, 2)
    taken = mapped({"item": 88, "tax": tax, "shipping": 0, "discount": 4.4, "order": total})

    assert (sums(taken), taken.warnings) == ([88, tax, 0, 0, 4.4, total], [])


@pytest.mark.parametrize("discount", [{"discount": 4.4}, {"discount": -4.4}])
def test_a_stated_discount_is_sent_even_if_the_total_ignores_it(discount):
    taken = mapped({"item": 88, "tax": 0, "shipping": 5, "order": 93, **discount})

    assert (sums(taken), [one.code for one in taken.warnings]) == (
        [88, 0, 5, 0, 4.4, 93],
        ["sums"],
    )


@pytest.mark.parametrize("fee", [1.63, 1.64, 1.65])
@pytest.mark.parametrize(
    "taxes",
    [
        [("North America 5.0%", 1.64)],
        [("North America 5.0%", 1.0), ("North America 5.0%", 0.64)],
        [("State 4.0%", 1.31), ("County 1.0%", 0.33)],
    ],
)
def test_surcharges_that_add_up_to_the_tax_are_tax_unlike_payment_fees(taxes, fee):
    total = round(32.8 + 1.64 + fee, 2)
    totals = {"item": 32.8, "tax": 1.64, "shipping": 0, "order": total}
    taken = mapped(totals, *taxes, ("Payment fee", fee))

    assert (sums(taken), taken.warnings) == ([32.8, 1.64, 0, fee, 0, total], [])


def test_tax_and_surcharge_are_distinguished_by_their_sums():
    totals = {"item": 40, "tax": 2, "shipping": 0, "order": 45}
    taken = mapped(totals, ("North America 5.0%", 2), ("Gift wrapping", 3))

    assert (sums(taken), taken.warnings) == ([40, 2, 0, 0, 0, 45], [])


@pytest.mark.parametrize("fee", [1.63, 1.64, 1.65])
def test_a_payment_fee_is_never_mistaken_for_included_tax(fee):
    total = round(32.8 + fee, 2)
    totals = {"item": 32.8, "tax": 1.64, "shipping": 0, "order": total}
    taken = mapped(totals, ("Payment fee", fee))

    assert (sums(taken), taken.warnings) == ([32.8, 1.64, 0, fee, 0, total], [])


def test_a_total_rounded_to_the_cent_causes_no_warning():
    taken = mapped({"item": 19.99, "tax": 3.33, "shipping": 5, "order": 28.33})

    assert (sums(taken), taken.warnings) == ([19.99, 3.33, 5, 0, 0, 28.33], [])


@pytest.mark.parametrize("message", ["cart:updated", "order:updated"])
def test_tax_and_shipping_of_0_replace_earlier_ones(message):
    site, name = Site(), "cart" if message == "cart:updated" else "order-accepted"
    full = {"item": 54.21, "tax": 4.47, "shipping": 6, "order": 64.68}
    mapped(full, ("Tax", 4.47), ("Shipping", 6), site=site, message=message)
    free = {"item": 0, "tax": 0, "shipping": 0, "order": 0}
    taken = mapped(free, site=site, message=message, updated_at="2026-03-02")

    assert (sums(taken, name), taken.warnings) == ([0, 0, 0, 0, 0, 0], [])


def test_missing_tax_and_shipping_stay_as_they_were():
    site = Site()
    full = {"item": 40, "tax": 4, "shipping": 6, "order": 50}
    mapped(full, ("Tax", 4), ("Shipping", 6), site=site)
    taken = mapped(
        {"item": 40, "order": 50}, site=site, message="order:updated", updated_at="2026-03-02"
    )

    assert (sums(taken), taken.warnings) == ([40, 4, 6, 0, 0, 50], [])
