"""Fields that an update leaves out stay as they were last sent."""

import pytest

from mappers import MappingError
from tests.mappers.site import Site, body, codes, names

WHOLE = {
    "number": "R1",
    "status": "complete",
    "email": "ann@example.com",
    "currency": "EUR",
    "placed_on": "2026-03-01T10:00:00Z",
    "updated_at": "2026-03-01T10:00:00Z",
    "created_at": "2026-02-28T10:00:00Z",
    "totals": {"item": 40.0, "tax": 2.0, "shipping": 5.0, "order": 43.0},
    "adjustments": [{"name": "discount", "value": -4.0}],
    "line_items": [
        {"id": 1, "product_id": "CUP", "quantity": 1, "price": 10.0},
        {"id": 2, "product_id": "POT", "quantity": 1, "price": 30.0},
    ],
    "billing_address": {"firstname": "Ann", "lastname": "Lee", "city": "Whitby"},
    "shipping_address": {"city": "Leeds"},
}
LATER = {"number": "R1", "updated_at": "2026-03-02T10:00:00Z"}


def updated(message="order:updated", **change):
    """The first and the second order-accepted of an order, and the second's warnings."""
    site = Site()
    first = site.order(**WHOLE)
    second = site.order(message, **LATER, **change)
    return body(first), body(second), codes(second)


@pytest.mark.parametrize(
    "missing", [{}, {"totals": None}, {"totals": {}, "line_items": None, "currency": None}]
)
def test_an_update_of_only_the_state_leaves_the_rest_unchanged(missing):
    first, second, warnings = updated(status="complete", **missing)

    change = "2026-03-02T10:00:00.000Z"
    expected = {
        **first,
        "change_date": change,
        "customer": {**first["customer"], "change_date": change},
        "previous_items": first["items"],
    }
    assert (second, warnings) == (expected, [])


def test_an_empty_list_and_a_zero_mean_none():
    _, second, warnings = updated(
        line_items=[], totals={"item": 0, "order": 0, "tax": 0}, adjustments=[]
    )

    assert (second["items"], second["subtotal"], second["total"]) == ([], 0, 0)
    assert warnings == ["sums"] or warnings == []


def test_items_without_totals_change_the_sums_by_their_value():
    lines = [{"id": 1, "product_id": "CUP", "quantity": 3, "price": 10.0}, WHOLE["line_items"][1]]
    first, second, warnings = updated(line_items=lines)

    assert (second["subtotal"], second["total"]) == (60.0, 63.0)
    assert (second["total_discounts"], second["total_tax"]) == (4.0, 2.0)
    assert (second["previous_items"], warnings) == (first["items"], [])


def test_totals_without_adjustments_keep_the_discounts_that_make_them_add_up():
    _, second, warnings = updated(totals={"item": 40, "tax": 2, "shipping": 9, "order": 47})

    assert (second["total_discounts"], second["total"], warnings) == (4.0, 47, [])


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param({"tax": 19, "order": 124}, (19, 9, 128), id="tax within the prices"),
        pytest.param({"tax": 0, "order": 127}, (0, 9, 131), id="a surcharge"),
        pytest.param({"tax": 0, "order": 104}, (0, 9, 108), id="a credit"),
    ],
)
@pytest.mark.parametrize("says_total", [True, False])
def test_a_single_changed_sum_leaves_the_other_parts_of_the_total(before, expected, says_total):
    rest = {"Gift wrap": 3, "Gift card": -20}.items() if before["tax"] == 0 else ()
    lines = [{"id": 1, "product_id": "CUP", "quantity": 1, "price": 119}]
    adjustments = [{"name": n, "value": v} for n, v in rest if (v > 0) == (before["order"] > 124)]
    totals = {"item": 119, "shipping": 5, **before}
    site = Site()
    site.order(**{**WHOLE, "totals": totals, "adjustments": adjustments, "line_items": lines})
    fields = {"shipping": 9, **({"order": expected[2]} if says_total else {})}
    mapped = site.order("order:updated", **LATER, totals=fields)
    seen = body(mapped)

    assert (seen["total_tax"], seen["total_shipping"], seen["total"]) == expected
    assert (seen["total_discounts"], codes(mapped)) == (0, [])


def test_a_canceled_order_keeps_its_sums_and_items():
    site = Site()
    first = body(site.order(**WHOLE))
    end = site.order("order:canceled", **LATER)

    assert names(end) == ["order-accepted", "order-canceled"]
    assert body(end)["total"] == first["total"]
    assert [item["id"] for item in body(end)["items"]] == ["1", "2"]


def test_an_unknown_order_without_totals_and_items_is_refused_by_field():
    with pytest.raises(MappingError) as caught:
        Site().order("order:updated", status="complete", **LATER)

    assert set(caught.value.errors) == {"order.line_items", "order.totals"}


def test_the_cancellation_of_an_unknown_order_is_sent_alone():
    mapped = Site().order("order:canceled", **LATER)

    assert [event.body for event in mapped.events] == [
        {
            "order_number": "R1",
            "status": "cancelled",
            "cancel_date": "2026-03-02T10:00:00.000Z",
        }
    ]


def test_a_partial_update_keeps_the_rest_of_a_cart():
    site = Site()
    first = body(site.take("cart:new", {"cart": {**WHOLE, "status": "cart"}}), "cart")
    second = body(site.take("cart:updated", {"cart": LATER}), "cart")

    kept = ("items", "subtotal", "total", "total_discounts", "currency", "create_date")
    assert {key: second[key] for key in kept} == {key: first[key] for key in kept}
    assert second["previous_items"] == first["items"]


def test_the_currency_is_from_the_message_then_the_parameter_then_the_last_one():
    site = Site()
    line = {"line_items": WHOLE["line_items"]}
    assumed = site.order(number="R0", **line)
    site.order(number="R1", currency="SEK", **line)
    remembered = site.order(number="R2", **line)
    site.parameters["currency"] = "NOK"
    given = site.order(number="R3", **line)

    assert [body(one)["currency"] for one in (assumed, remembered, given)] == ["USD", "SEK", "NOK"]
    assert [codes(one) for one in (assumed, remembered, given)] == [["currency"], [], []]


@pytest.mark.parametrize(("given", "parameter"), [(" eur ", None), (None, "eur")])
def test_the_code_of_a_currency_is_in_capitals(given, parameter):
    site = Site(**({"currency": parameter} if parameter else {}))

    assert body(site.order(**{**WHOLE, "currency": given}))["currency"] == "EUR"


@pytest.mark.parametrize("placeholder", ["0", 0, "", None])
def test_placeholders_do_not_make_a_visit(placeholder):
    ids = dict.fromkeys(("visit_id", "visitor_id", "pageview_id", "last_pageview_id"), placeholder)
    mapped = Site().take("order:new", {"order": WHOLE, "original": ids})

    assert "visit" not in body(mapped, "order-placed")
    assert "visit" not in body(mapped, "cart")


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ({"name": "Ann Lee"}, ("Ann", "Lee", "Ann Lee")),
        ({"full_name": "Ann Maria  Lee"}, ("Ann Maria", "Lee", "Ann Maria Lee")),
        ({"name": "Cher"}, ("Cher", None, "Cher")),
        ({"firstname": "Ann", "name": "Bo Ek"}, ("Ann", None, "Ann")),
    ],
)
def test_a_full_name_is_split_at_its_last_space(address, names):
    mapped = Site().order(**{**WHOLE, "billing_address": address})
    customer = body(mapped)["customer"]

    assert tuple(customer.get(key) for key in ("first_name", "last_name", "name")) == names
