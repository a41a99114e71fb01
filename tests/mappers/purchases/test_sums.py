"""The amounts of a message are read in the way that adds up to its total."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.problems import Warning
from tests.mappers.site import Site, body

NAMES = (
    "subtotal",
    "total_tax",
    "total_shipping",
    "total_payment_cost",
    "total_discounts",
    "total",
)
NOTHING = {"item": 0, "tax": 0, "shipping": 0, "order": 0}


def line(price, quantity=1, **more):
    return {"id": 1, "sku": "CUP", "quantity": quantity, "price": price, **more}


def mapped(order=(), original=None, message="order:new", name="order"):
    one = {"number": "R1", "currency": "EUR", "updated_at": "2026-03-01", **dict(order)}
    return Site().take(message, {name: one, "original": original})


def sums(taken, name="order-accepted"):
    return dict(zip(NAMES, (body(taken, name)[one] for one in NAMES), strict=True))


def amounts(subtotal, tax, shipping, payment_cost, discounts, total):
    return dict(zip(NAMES, (subtotal, tax, shipping, payment_cost, discounts, total), strict=True))


def hub(item, tax, shipping, order, *adjustments, **totals):
    """An order of the hub with adjustments by name."""
    return {
        "totals": {"item": item, "tax": tax, "shipping": shipping, "order": order, **totals},
        "adjustments": [{"name": name, "value": value} for name, value in adjustments],
        "line_items": [line(item)],
    }


def raw(item, tax, shipping, total, *adjustments, **more):
    """An order of the shop with adjustments by label and type."""
    return {
        "item_total": str(item),
        "tax_total": str(tax),
        "ship_total": str(shipping),
        "total": str(total),
        "adjustments": [
            {"label": label, "amount": str(amount), "source_type": made_by, "eligible": True}
            for label, amount, made_by in adjustments
        ],
        "line_items": [line(str(item))],
        **more,
    }


PROMOTION = "Spree::PromotionAction"
SPRING = [{"label": "Spring", "amount": "-5.0", "source_type": PROMOTION, "eligible": True}]
DELETED = [{"label": "Winter", "amount": "-9.0", "source_type": PROMOTION, "eligible": False}]


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        pytest.param(
            raw(40, 0, 5, 40, line_items=[line("20", adjustments=SPRING), line("20")]),
            amounts(40, 0, 5, 0, 5, 40),
            id="on a line",
        ),
        pytest.param(
            raw(40, 0, 5, 40, shipments=[{"cost": "5.0", "adjustments": SPRING}]),
            amounts(40, 0, 5, 0, 5, 40),
            id="on a shipment",
        ),
        pytest.param(
            raw(
                15,
                0,
                0,
                4,
                ("Ten", "-10", None),
                line_items=[line("15", adjustments=[{"amount": -1}])],
            ),
            amounts(15, 0, 0, 0, 11, 4),
            id="on the order and on a line",
        ),
        pytest.param(
            raw(
                40,
                0,
                0,
                35,
                ("All of it", "-5.0", PROMOTION),
                line_items=[line("40", adjustments=SPRING)],
            ),
            amounts(40, 0, 0, 0, 5, 35),
            id="on the order, repeated on its line",
        ),
        pytest.param(
            raw(40, 0, 0, 35, line_items=[line("40", adjustments=[*SPRING, *DELETED])]),
            amounts(40, 0, 0, 0, 5, 35),
            id="one that does not apply",
        ),
        pytest.param(
            raw(40, 0, 0, 36, promo_total="-4"), amounts(40, 0, 0, 0, 4, 36), id="as one sum"
        ),
        pytest.param(
            raw(40, 0, 5, 35, adjustment_total="-10"),
            amounts(40, 0, 5, 0, 10, 35),
            id="as the remainder",
        ),
    ],
)
def test_a_discount_of_the_shop_is_found_at_any_place(original, expected):
    taken = mapped(original=original)

    assert (sums(taken), sums(taken, "cart"), taken.warnings) == (expected, expected, [])


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (
            hub(100, 7.2, 5, 102.2, ("Tax", 7.2), ("Discounts", 10.0)),
            amounts(100, 7.2, 5, 0, 10, 102.2),
        ),
        (hub(100, 0, 5, 95, ("Spring Promotion", -10.0)), amounts(100, 0, 5, 0, 10, 95)),
        (hub(100, 0, 5, 93, ("Manual", -12)), amounts(100, 0, 5, 0, 12, 93)),
        (hub(100, 0, 5, 93, discount=12), amounts(100, 0, 5, 0, 12, 93)),
        (hub(100, 0, 5, 93, discount=-12), amounts(100, 0, 5, 0, 12, 93)),
        (
            hub(40, 0, 5, 35, ("discount", 0), ("tax", 0), ("shipping", 5), adjustment=-10),
            amounts(40, 0, 5, 0, 10, 35),
        ),
        (hub(40, 4, 5, 39, adjustment=-1), amounts(40, 4, 5, 0, 10, 39)),
        (
            hub(40, 0, 2, 42, ("Shipping", 5), ("Shipping discount", -3)),
            amounts(40, 0, 5, 0, 3, 42),
        ),
    ],
)
def test_a_hub_discount_is_found_by_name_with_either_sign_and_as_a_sum(order, expected):
    taken = mapped(order)

    assert (sums(taken), taken.warnings) == (expected, [])


@pytest.mark.parametrize("subtotal", [30, 40])
@pytest.mark.parametrize("total", [35, None])
def test_a_line_with_a_negative_price_is_a_discount(subtotal, total):
    reduction = {"id": 2, "sku": "SPRING", "quantity": 2, "price": "-5.00"}
    order = hub(subtotal, 0, 5, total, ("Shipping", 5))
    if total is None:
        order["totals"] = {"shipping": 5}
    taken = mapped({**order, "line_items": [line(40), reduction]})
    items = body(taken)["items"]

    assert [(one["price"], one["discount_price"]) for one in items] == [(40, 0), (0, 10.0)]
    assert (body(taken)["total"], taken.warnings) == (35, [])
    assert sums(taken)["subtotal"] - sums(taken)["total_discounts"] == 30


def test_the_discount_of_an_item_is_its_own():
    lines = [line("20", adjustments=SPRING), {**line("20"), "id": 2, "sku": "POT"}]
    taken = mapped(original=raw(40, 0, 5, 40, line_items=lines))

    assert [item["discount_price"] for item in body(taken)["items"]] == [5.0, 0]


@pytest.mark.parametrize(
    ("adjustment", "total"),
    [
        (("RMA credit", "-20.0", "Spree::ReturnAuthorization"), 25),
        (("Return of a cup", "-20.0", None), 25),
        (("Gift card 123", "-20.0", None), 25),
        (("Gift card 123", "-20.0", None), 45),
        (("Store credit", "-20.0", "Spree::StoreCredit"), 25),
        (("Geschenkkarte", "-20.0", None), 25),
        (("Cancellation - Short Ship", "-20.0", "Spree::UnitCancel"), 25),
    ],
)
def test_returns_gift_cards_and_store_credit_are_not_discounts(adjustment, total):
    taken = mapped(original=raw(40, 0, 5, total, adjustment))

    assert (sums(taken), taken.warnings) == (amounts(40, 0, 5, 0, 0, total), [])


@pytest.mark.parametrize("made_by", ["Spree::TaxRate", None])
def test_refunded_vat_is_a_negative_tax_in_orders_and_zero_in_carts(made_by):
    taken = mapped(original=raw(119, -19, 5, 105, ("Refund VAT 19%", -19, made_by)))

    assert (sums(taken), taken.warnings) == (amounts(119, -19, 5, 0, 0, 105), [])
    assert sums(taken, "cart") == amounts(119, 0, 5, 0, 0, 105)


@pytest.mark.parametrize(
    ("tax", "shipping", "discount"),
    [
        ("MwSt. 19%", "Versandkosten", "Rabatt"),
        ("Umsatzsteuer", "Versand", "Gutschein"),
        ("TVA 20%", "Frais de port", "Remise"),
        ("IVA", "Envío", "Descuento"),
        ("BTW 21%", "Verzendkosten", "Korting"),
        ("IVA 22%", "Spedizione", "Sconto"),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_adjustments_are_known_by_their_names_in_other_languages(tax, shipping, discount, sign):
    taken = mapped(hub(100, 0, 0, 116, (tax, 20), (shipping, 6), (discount, sign * 10)))

    assert (sums(taken), taken.warnings) == (amounts(100, 20, 6, 0, 10, 116), [])


def test_a_surcharge_equal_to_the_tax_or_shipping_total_is_not_counted_twice():
    order = hub(40, 2, 5, 50, ("North America 5.0%", 2), ("UPS Ground", 5), ("Gift box", 3))
    taken = mapped(order)

    assert (sums(taken), taken.warnings) == (amounts(40, 2, 5, 0, 0, 50), [])


def test_a_surcharge_equal_to_the_shipping_may_be_separate():
    taken = mapped(hub(40, 0, 5, 50, ("Gift box", 5)))

    assert (sums(taken), taken.warnings) == (amounts(40, 0, 5, 0, 0, 50), [])


def test_surcharges_count_in_the_total_and_are_neither_shipping_nor_payment_cost():
    order = hub(40, 0, 5, 50, ("Gift Wrapping", 3.0), ("Shipping", 5.0), ("Handling", 2.0))
    taken = mapped(order)

    assert (sums(taken), taken.warnings) == (amounts(40, 0, 5, 0, 0, 50), [])


@pytest.mark.parametrize("total", [47.5, 45])
def test_a_payment_fee_may_be_outside_the_total(total):
    original = raw(40, 0, 5, total, ("Cash on delivery", 2.5, "Spree::PaymentMethod"))
    taken = mapped(original=original)

    assert taken.warnings == []
    assert sums(taken)["total"] == total


def test_the_amount_paid_is_not_a_payment_cost():
    assert sums(mapped(hub(40, 0, 5, 45, payment=45)))["total_payment_cost"] == 0


@pytest.mark.parametrize(
    ("order", "shipping"),
    [
        ({**hub(40, 0, 0, 40, ("shipping", 0)), "shipments": [{"cost": 8.5}]}, 0),
        ({**hub(40, 0, 0, 40), "shipments": [{"cost": 8.5}]}, 0),
        ({**hub(40, 0, 0, 48.5), "shipments": [{"cost": 8.5}]}, 8.5),
        ({**hub(40, 0, 5, 45), "shipments": [{"cost": 8.5}]}, 5),
        ({**hub(40, 0, 0, 45, ("Shipping", 2), ("Shipping", 3)), "shipments": [{"cost": 8}]}, 5),
        ({"line_items": [line(40)], "shipments": [{"cost": 8.5}]}, 8.5),
    ],
)
def test_the_cost_of_a_shipment_is_the_shipping_if_it_adds_up_and_nothing_else_does(
    order, shipping
):
    taken = mapped(order)

    assert (sums(taken)["total_shipping"], taken.warnings) == (shipping, [])


VAT = [{"label": "VAT 19%", "amount": "19.0", "included": True, "source_type": "Spree::TaxRate"}]


@pytest.mark.parametrize(
    "original",
    [
        raw(119, 19, 0, 119),
        raw(119, 19, 0, 119, included_tax_total="19.0"),
        raw(119, 19, 0, 119, line_items=[line("119", adjustments=VAT)]),
        {**raw(119, 19, 0, 0, included_tax_total="19.0"), "total": None},
        {**raw(119, 19, 0, 0, line_items=[line("119", adjustments=VAT)]), "total": None},
    ],
)
def test_tax_within_the_prices_is_never_added(original):
    taken = mapped(original=original)

    assert (sums(taken), taken.warnings) == (amounts(119, 19, 0, 0, 0, 119), [])


def test_tax_may_be_within_some_prices_only():
    taken = mapped(hub(119, 22, 0, 122, ("discount", 0), ("tax", 22), adjustment=3))

    assert (sums(taken), taken.warnings) == (amounts(119, 22, 0, 0, 0, 122), [])


def test_sums_that_never_add_up_are_sent_unchanged_with_a_warning():
    taken = mapped(hub(40, 4, 5, 99.5, ("Sale promotion", -3), ("Gift wrap", 2)))

    assert sums(taken) == amounts(40, 4, 5, 0, 3, 99.5)
    assert taken.warnings == [
        Warning(
            "sums",
            "order.totals",
            {
                "subtotal": "40",
                "tax": "4",
                "included_tax": "0",
                "shipping": "5",
                "payment_cost": "0",
                "fees": "2",
                "discounts": "3",
                "credits": "0",
                "total": "99.5",
            },
        )
    ]


def test_items_that_do_not_add_up_to_the_subtotal_cause_one_warning():
    taken = mapped({**hub(40, 0, 5, 45), "line_items": [line(20)]})

    assert len(body(taken)["items"]) == 1
    assert taken.warnings == [
        Warning("items", "order.line_items", {"subtotal": "40", "items": "20"})
    ]


def test_a_subtotal_may_be_net_of_item_discounts():
    lines = [line(25, adjustments=[{"amount": -5, "label": "Spring promotion"}])]
    taken = mapped({"totals": {"item": 20, "order": 20}, "line_items": lines})

    assert [one.code for one in taken.warnings] == []


def test_consistent_sums_of_the_hub_override_inconsistent_ones_of_the_shop():
    order = {**hub(40, 2, 5, 47), "line_items": [line(40)]}
    taken = mapped(order, {"total": "9.99", "tax_total": "1.0"}, "cart:new", "cart")

    assert (sums(taken, "cart"), taken.warnings) == (amounts(40, 2, 5, 0, 0, 47), [])


cents = st.integers(0, 10**6).map(lambda amount: amount / 100)


@given(
    st.lists(st.tuples(st.integers(1, 9), cents), max_size=4),
    st.lists(
        st.tuples(st.sampled_from(["Tax", "Shipping", "Gift wrap", "Promo"]), cents), max_size=4
    ),
)
def test_a_missing_total_is_the_sum_of_its_parts(lines, adjustments):
    order = {
        "line_items": [
            {"id": place, "quantity": quantity, "price": price}
            for place, (quantity, price) in enumerate(lines)
        ],
        "adjustments": [
            {"name": name, "value": -value if name == "Promo" else value}
            for name, value in adjustments
        ],
    }
    taken = mapped(order)
    made = sums(taken)
    wraps = sum(value for name, value in adjustments if name == "Gift wrap")
    parts = made["subtotal"] + made["total_tax"] + made["total_shipping"] + wraps

    assert made["total"] == pytest.approx(max(parts - made["total_discounts"], 0), abs=0.001)
    assert taken.warnings == []
