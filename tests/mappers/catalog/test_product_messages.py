import pytest

from tests.mappers.payloads import (
    DATES,
    EARLY,
    LATE,
    NOW,
    SENT_EARLY,
    SENT_LATE,
    SENT_NOW,
    STORE,
    bodies,
    left_out,
    picked,
    problems,
    without,
)

FLAGS = ("id", "is_product", "is_sku")
SENCHA = {
    "id": 7,
    "name": "Sencha",
    "sku": "SEN",
    "price": 4.95,
    "created_at": EARLY,
    "updated_at": LATE,
    "slug": "sencha",
    "images": [{"url": "/spree/7/sencha.jpg"}],
    "variants": [
        {"sku": "SEN-50", "name": "Sencha 50 g", "options": {"weight": "50 g"}},
        {"sku": "SEN-90", "options": {"weight": "90 g"}, "images": [{"url": "/spree/9.jpg"}]},
    ],
}
WHOLE = {
    "id": "7",
    **DATES,
    "code": "SEN",
    "name": "Sencha",
    "images": [{"url": "https://tea.example.com/spree/7/sencha.jpg"}],
    "urls": {"store": "https://tea.example.com/products/sencha"},
}


def mapped(product, parameters=STORE, now=NOW):
    return bodies("product", "product:updated", {"product": product}, parameters, now)


@pytest.mark.parametrize("message", ["product:new", "product:updated", "product:persist"])
@pytest.mark.parametrize("payload", [{"product": SENCHA}, SENCHA])
def test_a_product_is_sent_with_each_of_its_variants(message, payload):
    base = {"id": "7", "code": "SEN", "name": "Sencha"}
    assert bodies("product", message, payload, STORE) == [
        {**WHOLE, "is_product": True, "is_sku": False},
        {
            **WHOLE,
            "id": "SEN-50",
            "code": "SEN-50",
            "name": "Sencha 50 g",
            "is_product": False,
            "is_sku": True,
            "attributes": [{"id": "weight", "name": "weight", "value": "50 g"}],
            "base_product": base,
        },
        {
            **WHOLE,
            "id": "SEN-90",
            "code": "SEN-90",
            "is_product": False,
            "is_sku": True,
            "images": [{"url": "https://tea.example.com/spree/9.jpg"}],
            "attributes": [{"id": "weight", "name": "weight", "value": "90 g"}],
            "base_product": base,
        },
    ]


@pytest.mark.parametrize(
    "variants",
    [
        None,
        [],
        [{"sku": "SEN"}],
        [{"id": 31, "sku": "OTHER", "is_master": True}],
    ],
)
def test_a_product_without_variants_is_simple_and_identified_by_its_sku(variants):
    assert mapped({**SENCHA, "variants": variants}) == [
        {**WHOLE, "id": "SEN", "is_product": True, "is_sku": True}
    ]


def test_a_product_with_has_variants_is_no_sku_even_without_its_variants():
    (only,) = mapped({**without(SENCHA, "variants"), "has_variants": True})
    assert picked(only, *FLAGS) == {"id": "7", "is_product": True, "is_sku": False}


def test_a_variant_with_the_sku_of_the_master_is_a_variant():
    master = {"id": 30, "sku": "SEN", "is_master": True}
    variant = {"id": 31, "sku": "SEN", "is_master": False}
    fields = {**without(SENCHA, "sku"), "master": master, "variants": [variant]}
    assert [picked(body, *FLAGS) for body in mapped(fields)] == [
        {"id": "7", "is_product": True, "is_sku": False},
        {"id": "SEN", "is_product": False, "is_sku": True},
    ]


def test_two_variants_with_one_sku_are_sent_once():
    fields = {**SENCHA, "variants": [{"sku": "SEN-50", "name": "First"}, {"sku": "SEN-50"}]}
    assert [body.get("name") for body in mapped(fields)] == ["Sencha", "First"]


@pytest.mark.parametrize(
    ("given", "identifier", "code"),
    [
        ({"id": 7, "sku": "SEN"}, "SEN", "SEN"),
        ({"sku": "SEN"}, "SEN", "SEN"),
        ({"id": 7}, "7", "7"),
        ({"id": "SEN", "sku": "SEN"}, "SEN", "SEN"),
        ({"master": {"id": 30, "product_id": 7, "sku": "SEN"}}, "SEN", "SEN"),
        ({"master": {"id": 30, "sku": "SEN"}}, "SEN", "SEN"),
        ({"variants": [{"id": 30, "sku": "SEN", "is_master": True}]}, "SEN", "SEN"),
    ],
)
def test_a_simple_product_is_identified_by_its_sku_then_its_id(given, identifier, code):
    (only,) = mapped(given)
    assert picked(only, "id", "code") == {"id": identifier, "code": code}


@pytest.mark.parametrize(
    ("given", "created", "changed"),
    [
        ({"created_at": EARLY, "updated_at": LATE}, SENT_EARLY, SENT_LATE),
        ({"available_on": EARLY, "updated_at": LATE}, SENT_EARLY, SENT_LATE),
        ({"updated_at": LATE}, SENT_LATE, SENT_LATE),
        ({"created_at": EARLY}, SENT_EARLY, SENT_NOW),
        ({"available_on": LATE, "updated_at": EARLY}, SENT_EARLY, SENT_EARLY),
        ({"available_on": EARLY}, SENT_EARLY, SENT_NOW),
        ({}, SENT_NOW, SENT_NOW),
    ],
)
def test_dates_are_the_products_own_or_else_the_clocks(given, created, changed):
    for body in mapped({"sku": "SEN", "variants": [{"sku": "SEN-50"}], **given}):
        assert picked(body, *DATES) == {"create_date": created, "change_date": changed}


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({}, "product.sku"),
        ({"product": None}, "product.sku"),
        ({"product": {"id": "", "sku": " "}}, "product.sku"),
    ],
)
def test_a_product_with_neither_id_nor_sku_is_refused(payload, path):
    assert problems("product:new", payload) == {path: ["Missing data for required field."]}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"sku": ["SECRET"]}, "product.sku"),
        ({"updated_at": "SECRET"}, "product.updated_at"),
        ({"variants": [{"sku": "A"}, {"sku": {}}]}, "product.variants.1.sku"),
        ({"images": 5}, "product.images"),
        ({"taxons": "SECRET"}, "product.taxons"),
    ],
)
def test_an_invalid_field_is_left_out_and_named(given, path):
    assert set(left_out("product:new", {"product": {**SENCHA, **given}})) == {path}


@pytest.mark.parametrize("variants", ["SECRET", 5, [5]])
def test_variants_of_a_wrong_type_refuse_the_product(variants):
    errors = problems("product:new", {"product": {**SENCHA, "variants": variants}})
    assert [path.startswith("product.variants") for path in errors] == [True]


@pytest.mark.parametrize("price", ["$5", [], None, "n/a"])
def test_an_unreadable_product_price_does_not_refuse_the_message(price):
    fields = {**SENCHA, "price": price, "variants": [{"sku": "SEN-50", "price": price}]}
    assert [body["id"] for body in mapped(fields)] == ["7", "SEN-50"]
