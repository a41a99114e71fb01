import time
from datetime import timedelta, timezone

import pytest

from mappers import read_message
from tests.mappers.payloads import (
    ADDRESS,
    CANISTER,
    LATE,
    NOW,
    PURCHASE,
    SENT_LATE,
    WRONG,
    accepted,
    cart,
    category,
    events,
    item,
    left_out,
    nested,
    problems,
    product,
    sent,
    without,
)


@pytest.mark.parametrize(
    ("written", "goes_out"),
    [
        ("2013-06-17T15:16:10Z", "2013-06-17T15:16:10.000Z"),
        ("2013-06-17T15:16:10.219Z", "2013-06-17T15:16:10.219Z"),
        ("2013-06-17T15:16:10.5Z", "2013-06-17T15:16:10.500Z"),
        ("2013-06-17T15:16:10.123456Z", "2013-06-17T15:16:10.123Z"),
        ("2013-06-17T15:16:10-04:00", "2013-06-17T19:16:10.000Z"),
        ("2013-06-17T15:16:10+05:30", "2013-06-17T09:46:10.000Z"),
        ("2013-06-17T23:16:10.250-04:00", "2013-06-18T03:16:10.250Z"),
        ("2013-06-17T15:16:10", "2013-06-17T15:16:10.000Z"),
        ("2013-06-17T15:16:10.75", "2013-06-17T15:16:10.750Z"),
        ("2013-06-17T15 =>16 =>10Z", "2013-06-17T15:16:10.000Z"),
        ("2013-06-17T15=>16=>10Z", "2013-06-17T15:16:10.000Z"),
        ("01/01/2013 12:34:22 UTC", "2013-01-01T12:34:22.000Z"),
        ("02/03/2013 12:34:22 UTC", "2013-02-03T12:34:22.000Z"),
        ("12/31/2013 23:59:59 UTC", "2013-12-31T23:59:59.000Z"),
    ],
)
def test_dates_of_every_form_are_sent_as_utc_with_milliseconds(written, goes_out):
    assert (
        goes_out
        == cart({"created_at": "2000-01-01T00:00:00Z", "updated_at": written})["change_date"]
    )


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_a_date_without_a_zone_is_utc_wherever_the_service_runs(zone, monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", zone)
        time.tzset()
        mapped = cart({"updated_at": "2014-06-17T15:16:10"})
    time.tzset()
    assert mapped["change_date"] == "2014-06-17T15:16:10.000Z"


@pytest.mark.parametrize(
    "date",
    [
        "yesterday",
        "13/13/2013 12:34:22 UTC",
        "2013-02-30T00:00:00Z",
        "0000-00-00 00:00:00",
        "2" * 65,
    ],
)
def test_an_unreadable_date_is_left_out(date):
    fields = {"cart": {**PURCHASE, "updated_at": date}}
    assert left_out("cart:new", fields) == {"cart.updated_at": "Not a valid date."}
    assert cart({"updated_at": date}) == cart({"updated_at": None})


@pytest.mark.parametrize("date", [None, ""])
def test_a_null_or_empty_date_is_missing(date):
    assert cart({"created_at": date})["create_date"] == SENT_LATE


def test_a_clock_in_another_zone_is_sent_as_utc():
    clock = NOW.astimezone(timezone(timedelta(hours=-7)))
    assert cart({"created_at": None, "updated_at": None}, now=NOW) == cart(
        {"created_at": None, "updated_at": None}, now=clock
    )


BACKWARDS = {"created_at": "2014-03-09T10:00:00Z", "updated_at": LATE}


def test_the_create_date_is_never_after_the_change_date():
    dated = [
        cart(BACKWARDS),
        cart(BACKWARDS)["customer"],
        accepted(BACKWARDS),
        accepted(original=BACKWARDS),
        accepted(BACKWARDS)["items"][0],
        item({**CANISTER, **BACKWARDS}),
        item({**CANISTER, "created_at": "2031-01-01T00:00:00Z"}),
        product({**CANISTER, "variant": {"id": 31, "product": BACKWARDS}}),
        product({**CANISTER, "variant": {"id": 31, "product_created_at": "2031-01-01"}}),
        category({"id": 1, "name": "Tea", "taxonomy_id": 7, **BACKWARDS})[0],
    ]
    assert [body for body in dated if body["create_date"] > body["change_date"]] == []


@pytest.mark.parametrize(
    ("written", "goes_out"),
    [
        (22.99, "22.99"),
        ("22.99", "22.99"),
        (" 22.99 ", "22.99"),
        (" 1,299.95", "1299.95"),
        ("1,234,567.25", "1234567.25"),
        (7, "7"),
        ("0.1", "0.1"),
        (0.07, "0.07"),
    ],
)
def test_amounts_are_sent_as_json_numbers_exactly_as_written(written, goes_out):
    assert goes_out == sent(item({**CANISTER, "price": written})["price"])


@pytest.mark.parametrize(("written", "amount"), [("1,299.00", 1299), ("5", 5), ("22.990", 22.99)])
def test_amounts_in_strings_are_sent_as_numbers(written, amount):
    assert amount == item({**CANISTER, "price": written})["price"]


@pytest.mark.parametrize(
    "written",
    [
        float("nan"),
        float("inf"),
        float("-inf"),
        "NaN",
        "Infinity",
        "-Infinity",
        "$5",
        "5 GBP",
        "1.299,00",
        "1,29",
        "five",
        True,
        [5],
        {"amount": 5},
    ],
)
def test_an_unreadable_amount_is_refused_by_field(written):
    paths = ["line_items.0.price", "totals.order", "totals.item", "total", "adjustments.0.value"]
    orders = [{**PURCHASE, **nested(path, written)} for path in paths]
    found = [list(problems("order:new", {"order": order})) for order in orders]
    assert found == [[f"order.{path}"] for path in paths]


def test_amounts_are_added_up_exactly():
    lines = [{**CANISTER, "quantity": 3, "price": "19.99"}, {**CANISTER, "price": 0.1}]
    assert sent(cart({"line_items": lines})["subtotal"]) == "60.17"


def test_ids_are_strings():
    assert cart({"number": 77})["id"] == "77"


def test_a_missing_id_is_never_sent_as_none():
    ids = {"id": None, "user_id": None, "visit_id": None, "line_items": [{**CANISTER, "id": None}]}
    assert "None" not in sent([cart(ids), accepted({**ids, "shipping_address": {"id": None}})])


def test_unknown_keys_change_nothing():
    strange = {"channel": [None], "token": {"a": 1}, "line_items": [{**CANISTER, "gift": {}}]}
    assert cart() == cart(strange)


def test_nulls_count_as_missing():
    gone = ("email", "status", "currency", "created_at", "totals", "adjustments", "customer")
    bare = without(PURCHASE, *gone)
    nulls = dict.fromkeys([*gone, "shipping_address", "billing_address", "payments"])
    fields = {"order": {**bare, **nulls}, "original": None, "diff": None}
    assert events("order:new", {"order": bare}) == events("order:new", fields)


ESSENTIAL = {"number", "currency", "status", "state", "quantity", "price", "totals", "line_items"}
ESSENTIAL |= {"item_total", "total", "tax_total", "ship_total", "tax", "shipping", "cost"}
ESSENTIAL |= {"adjustments", "shipments", "value", "amount"}
"""Fields without which an event would be false."""


def is_essential(path):
    steps = [step for step in path.split(".") if not step.isdigit()]
    return steps[-1] in ESSENTIAL


def with_wrong(path, value):
    """A message about an order with a value in some field, in a whole line if it is a line's."""
    hub, field = path.split(".", 1)
    there = nested(field, value)
    if field.startswith("line_items.0."):
        there = {"line_items": [{**CANISTER, **there["line_items"][0]}]}
    return {"order": PURCHASE, "original": {}} | {hub: (PURCHASE if hub == "order" else {}) | there}


@pytest.mark.parametrize("path", WRONG)
def test_a_value_of_a_wrong_type_is_named_and_never_quoted(path):
    wrong = [with_wrong(path, value) for value in WRONG[path]]
    find = problems if is_essential(path) else left_out
    assert [list(find("order:updated", one)) for one in wrong] == [[path]] * len(wrong)
    assert "SECRET" not in str([problems("order:updated", one) for one in wrong])


@pytest.mark.parametrize("value", ["SECRET", 5, True, [5]])
def test_an_order_of_a_wrong_type_is_refused_by_name(value):
    assert {"order"} == set(problems("order:updated", {"order": value}))


@pytest.mark.parametrize("value", ["SECRET", 5, True, [5]])
def test_an_original_of_a_wrong_type_is_left_out(value):
    fields = {"order": PURCHASE, "original": value}
    assert left_out("order:updated", fields) == {"original": "Invalid input type."}
    assert events("order:updated", fields) == events("order:updated", {"order": PURCHASE})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("billing_address", {**ADDRESS, "company": False}),
        ("billing_address", "18 Harbour Lane"),
        ("canceled_at", "0000-00-00 00:00:00"),
        ("line_items", [{**CANISTER, "variant": {"product": {"available_on": "n/a"}}}]),
        ("line_items", [{**CANISTER, "variant": {"images": [5, {"url": []}]}}]),
        ("line_items", [{**CANISTER, "variant": {"images": ["https://tea.example.com/can.jpg"]}}]),
        ("line_items", [{**CANISTER, "options": "red"}]),
    ],
)
def test_an_unreadable_optional_field_does_not_refuse_the_order(path, value):
    mapped = read_message("order:new", {"order": {**PURCHASE, path: value}}, {}, NOW).events({})
    assert [event.name for event in mapped.events][:3] == ["cart", "order-placed", "order-accepted"]


@pytest.mark.parametrize("value", [42.0, "42", 42])
def test_a_whole_number_in_any_form_is_an_id(value):
    assert cart({"user_id": value})["customer"]["id"] == "42"


@pytest.mark.parametrize("empty", ["", [], {}, None])
def test_an_empty_object_of_any_form_counts_as_missing(empty):
    fields = {"order": {**PURCHASE, "billing_address": empty, "totals": empty}, "original": empty}
    bare = {"order": PURCHASE}

    assert events("order:new", fields) == events("order:new", bare)


def test_all_problems_are_reported_at_once():
    assert {"order.currency", "order.line_items.0.price", "original.total"} == set(
        problems(
            "order:new",
            {
                "order": {**PURCHASE, "currency": [], "line_items": [{"price": "x"}]},
                "original": {"total": "$5"},
            },
        )
    )
