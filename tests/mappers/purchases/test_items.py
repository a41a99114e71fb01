import pytest

from tests.mappers.payloads import (
    ADDRESS,
    CANISTER,
    DATES,
    PURCHASE,
    SENCHA,
    accepted,
    cart,
    item,
    nested,
    picked,
    problems,
    without,
)

FIFTH, SIXTH = "2014-03-05T00:00:00Z", "2014-03-06T00:00:00Z"


@pytest.mark.parametrize(
    ("ids", "item_id"),
    [
        ({"id": 4, "variant_id": 5, "sku": "S-6", "product_id": 7}, "4"),
        ({"id": None, "variant_id": 5, "sku": "S-6", "product_id": 7}, "S-6"),
        ({"variant_id": 5}, "variant-5"),
        ({"variant_id": "", "sku": "S-6", "product_id": 7}, "S-6"),
        ({"product_id": 7}, "7"),
    ],
)
def test_the_item_id_is_the_lines_then_the_products(ids, item_id):
    line = without(CANISTER, "variant_id", "sku")
    assert item({**line, **ids})["id"] == item_id


@pytest.mark.parametrize(
    ("dates", "sent"),
    [
        ({"created_at": FIFTH, "updated_at": SIXTH}, ("2014-03-05", "2014-03-06")),
        ({"created_at": None, "updated_at": SIXTH}, ("2014-03-01", "2014-03-06")),
        ({"created_at": "2014-02-09T00:00:00Z"}, ("2014-02-09", "2014-03-02")),
        ({}, ("2014-03-01", "2014-03-02")),
    ],
)
def test_dates_are_the_lines_else_the_carts_or_orders(dates, sent):
    lines = {"line_items": [{**CANISTER, **dates}]}
    for mapped in (cart(lines)["items"][0], accepted(lines)["items"][0]):
        assert (mapped["create_date"][:10], mapped["change_date"][:10]) == sent


def test_items_are_counted_from_1():
    lines = {"line_items": [CANISTER, SENCHA, CANISTER]}
    assert [line["cart_item_number"] for line in cart(lines)["items"]] == ["1", "2", "3"]
    assert [line["order_item_number"] for line in accepted(lines)["items"]] == ["1", "2", "3"]


def test_items_of_carts_and_orders_differ_only_in_order_number_and_status():
    of_cart, of_order = cart()["items"][0], accepted()["items"][0]
    assert {**without(of_cart, "cart_item_number"), "status": "accepted"} == without(
        of_order, "order_item_number"
    )


@pytest.mark.parametrize("written", [3, "3", 3.0, " 3 "])
def test_a_quantity_is_an_integer(written):
    quantity = item({**CANISTER, "quantity": written})["quantity"]
    assert (quantity, type(quantity)) == (3, int)


@pytest.mark.parametrize(("written", "price"), [(-2, 0), ("-0.01", 0), ("0.00", 0), (0.5, 0.5)])
def test_a_price_is_never_negative(written, price):
    assert item({**CANISTER, "price": written})["price"] == price


@pytest.mark.parametrize(
    ("adjustments", "discount"),
    [
        (None, 0),
        ([], 0),
        ([{"amount": "-1.50"}, {"amount": "-0.25"}, {"amount": "3.00"}], 1.75),
        ([{"name": "Sale", "value": -2}], 2),
        ([{"name": "Tax", "value": 2}], 0),
    ],
)
def test_the_discount_is_the_lines_own_negative_adjustments_as_a_positive_number(
    adjustments, discount
):
    assert item({**CANISTER, "adjustments": adjustments})["discount_price"] == discount


def rows(items):
    """The fields that distinguish joined lines: id, quantity, price, name and code."""
    keys = ("id", "quantity", "price", "name", "code")
    return [tuple((line["product"] | line)[key] for key in keys) for line in items]


ORIGINAL_LINES = [
    {"id": 901, "variant_id": 32, "quantity": 4, "price": "4.50"},
    {"id": 902, "variant_id": 31, "quantity": 5, "price": "11.00"},
]


def test_original_lines_are_matched_with_the_hubs_by_variant_id():
    joined = cart({"line_items": [CANISTER, SENCHA]}, original={"line_items": ORIGINAL_LINES})
    assert rows(joined["items"]) == [
        ("901", 4, 4.5, "Sencha", "SEN-50"),
        ("902", 5, 11, "Canister", "CAN-1"),
    ]


def test_original_lines_are_matched_with_the_hubs_by_sku():
    original = [
        {"id": 901, "quantity": 4, "price": "4.50", "variant": {"sku": "SEN-50"}},
        {"id": 902, "quantity": 5, "price": "11.00", "variant": {"sku": "CAN-1"}},
    ]
    lines = [without(CANISTER, "variant_id"), without(SENCHA, "variant_id")]
    assert rows(cart({"line_items": lines}, original={"line_items": original})["items"]) == [
        ("901", 4, 4.5, "Sencha", "SEN-50"),
        ("902", 5, 11, "Canister", "CAN-1"),
    ]


def test_two_lines_of_one_variant_are_each_matched_once():
    lines = [{**CANISTER, "name": "Canister, plain"}, {**CANISTER, "name": "Canister, engraved"}]
    original = [{**ORIGINAL_LINES[1], "id": 903}, {**ORIGINAL_LINES[1], "id": 904, "quantity": 6}]
    assert rows(accepted({"line_items": lines}, original={"line_items": original})["items"]) == [
        ("903", 5, 11, "Canister, plain", "CAN-1"),
        ("904", 6, 11, "Canister, engraved", "CAN-1"),
    ]


def test_a_line_matched_by_variant_id_is_not_matched_by_sku_again():
    lines = [{**CANISTER, "name": "Canister, plain"}, {**CANISTER, "name": "Canister, engraved"}]
    original = [
        ORIGINAL_LINES[1],
        {"id": 905, "quantity": 1, "price": "11.00", "variant": {"sku": "CAN-1"}},
    ]
    assert rows(cart({"line_items": lines}, original={"line_items": original})["items"]) == [
        ("902", 5, 11, "Canister, plain", "CAN-1"),
        ("905", 1, 11, "Canister, engraved", "CAN-1"),
    ]


def test_an_original_line_without_a_match_stays_as_it_is():
    original = [{**ORIGINAL_LINES[0], "variant_id": 77, "variant": {"sku": "PU-1", "name": "Pu"}}]
    assert rows(cart({"line_items": [CANISTER]}, original={"line_items": original})["items"]) == [
        ("901", 4, 4.5, "Pu", "PU-1")
    ]


def test_the_item_of_two_matched_lines_has_the_options_of_the_hubs():
    lines = [{**SENCHA, "options": {"weight": "50 g"}}]
    (joined,) = cart({"line_items": lines}, original={"line_items": [ORIGINAL_LINES[0]]})["items"]
    assert joined["product"]["attributes"] == [{"id": "weight", "name": "weight", "value": "50 g"}]


@pytest.mark.parametrize("lines", [None, [], [{}], [None]])
def test_empty_original_lines_are_ignored(lines):
    assert cart({"line_items": [CANISTER]}, original={"line_items": lines}) == cart()


OLD = {**CANISTER, "quantity": 9}
OLDER = {**CANISTER, "quantity": 8}


@pytest.mark.parametrize(
    ("beside", "quantities"),
    [
        ({"previous": {"line_items": [OLD]}, "diff": {"line_items": [[OLDER], []]}}, [9]),
        ({"previous": None, "diff": {"line_items": [[OLDER, OLD], []]}}, [8, 9]),
        ({"previous": {}, "diff": {"line_items": [[OLDER], [CANISTER]]}}, [8]),
        ({"diff": {"line_items": [[], [CANISTER]]}}, []),
        ({"diff": {"updated_at": ["2014-01-01T00:00:00Z", "2014-01-02T00:00:00Z"]}}, []),
        ({"diff": {**ADDRESS, "line_items": [OLD, OLDER]}}, []),
        ({"diff": {"line_items": None}}, []),
        ({"diff": {"line_items": "changed"}}, []),
        ({"diff": {"line_items": [["x"], 5]}}, []),
        ({"diff": {"line_items": {"0": [OLD]}}}, []),
        ({"diff": "changed"}, []),
        ({"diff": []}, []),
        ({"diff": 5}, []),
        ({}, []),
    ],
)
def test_previous_items_are_from_previous_or_else_from_the_diff(beside, quantities):
    for mapped in (cart(**beside), accepted(**beside)):
        assert [line["quantity"] for line in mapped["previous_items"]] == quantities


@pytest.mark.parametrize(
    "lines", [[{"id": 5}], [{"price": "$5"}], [[5]], "SECRET", None, {"0": CANISTER}]
)
def test_a_diff_never_makes_a_message_unmappable(lines):
    payload = {"order": PURCHASE, "diff": {"line_items": [lines, []]}}
    assert problems("order:updated", payload) is None


def test_previous_items_are_complete_items():
    line = {**SENCHA, "quantity": 3}
    mapped = accepted({"line_items": [CANISTER]}, previous={"line_items": [CANISTER, line]})
    assert mapped["previous_items"] == accepted({"line_items": [CANISTER, line]})["items"]
    assert picked(mapped["previous_items"][1], *DATES) == DATES


def test_previous_affects_only_the_previous_items():
    assert without(accepted(previous={"line_items": [OLD]}), "previous_items") == without(
        accepted(), "previous_items"
    )


@pytest.mark.parametrize(
    "previous",
    [
        "SECRET",
        5,
        [5],
        {"placed_on": "yesterday"},
        {"line_items": 5},
        nested("line_items.0.price", "$5"),
    ],
)
def test_an_invalid_previous_state_does_not_affect_the_current_one(previous):
    assert without(accepted(previous=previous), "previous_items") == without(
        accepted(), "previous_items"
    )


def test_unused_fields_of_the_previous_state_may_be_invalid():
    mapped = accepted(previous={"line_items": [OLD], "placed_on": "yesterday"})
    assert [line["quantity"] for line in mapped["previous_items"]] == [9]


@pytest.mark.parametrize("quantity", [2.5, "2.5", "two", True, [2]])
def test_a_quantity_is_a_whole_number(quantity):
    line = {**CANISTER, "quantity": quantity}
    errors = problems("cart:new", {"cart": {"number": "R1", "line_items": [line]}})
    assert errors == {"cart.line_items.0.quantity": ["Not a valid integer."]}


@pytest.mark.parametrize("quantity", [2, "2", 2.0, " 2 ", "2.0"])
def test_a_quantity_may_be_written_in_many_ways(quantity):
    (item,) = cart({"line_items": [{**CANISTER, "quantity": quantity}]})["items"]
    assert (item["quantity"], type(item["quantity"])) == (2, int)
