import pytest

from tests.mappers.payloads import (
    CANISTER,
    DATES,
    EARLY,
    LATE,
    STORE,
    picked,
    product,
)

BARE = {"id": 1, "quantity": 1, "price": 5}
FLAGS = ("id", "is_product", "is_sku")


def test_a_complete_simple_product():
    variant = {
        "id": 31,
        "product_id": 7,
        "sku": "CAN-1",
        "name": "Canister",
        "is_master": True,
        "permalink": "canister",
        "option_values": [{"option_type_name": "colour", "name": "red", "presentation": "Red"}],
        "images": [{"attachment_url": "/spree/7/can.jpg"}],
        "product": {
            "created_at": EARLY,
            "updated_at": LATE,
            "taxons": [
                {"id": 11, "name": "Storage", "taxonomy_id": 1},
                {"id": 21, "name": "Kiln & Co", "taxonomy_id": 2},
            ],
        },
    }
    taxonomies = {"product_category_taxonomy": "1", "brand_category_taxonomy": "2"}
    assert product({**CANISTER, "variant": variant}, STORE | taxonomies) == {
        "id": "CAN-1",
        **DATES,
        "is_product": True,
        "is_sku": True,
        "code": "CAN-1",
        "name": "Canister",
        "brand": "Kiln & Co",
        "categories": [{"id": "11", "name": "Storage"}],
        "images": [{"url": "https://tea.example.com/spree/7/can.jpg"}],
        "attributes": [{"id": "colour", "name": "colour", "value": "Red"}],
        "urls": {"store": "https://tea.example.com/products/canister"},
    }


@pytest.mark.parametrize(
    ("variant", "line", "product_id"),
    [
        ({"product_id": 7, "product": {"id": 8}}, {"product_id": 9, "sku": "S"}, "S"),
        ({"id": 31, "sku": "V"}, {}, "V"),
        ({"product": {"sku": "P"}}, {}, "P"),
        (None, {"sku": "S"}, "S"),
        (None, {"product_id": "S"}, "S"),
        ({"id": 31}, {}, "variant-31"),
        (None, {"name": "Green Tea"}, "green-tea"),
    ],
)
def test_the_id_of_a_sold_item_is_its_sku_or_its_variant_or_its_name(variant, line, product_id):
    flags = {"id": product_id, "is_product": True, "is_sku": True}
    variants = [variant] if variant is None else [variant, {**variant, "is_master": True}]
    for each in variants:
        assert picked(product({**BARE, **line, "variant": each}), *FLAGS) == flags


@pytest.mark.parametrize(
    ("variant", "line", "product_id"),
    [
        ({"id": 31, "sku": "V-1", "product_id": 7}, {"sku": "L-1"}, "L-1"),
        ({"id": 31, "sku": "V-1", "product_id": 7}, {}, "V-1"),
        ({"id": 31, "product_id": 7}, {}, "variant-31"),
    ],
)
def test_variants_are_distinguished_by_their_own_ids(variant, line, product_id):
    mapped = product({**BARE, **line, "variant": {**variant, "is_master": False}})
    assert picked(mapped, *FLAGS, "base_product") == {
        "id": product_id,
        "is_product": False,
        "is_sku": True,
        "base_product": {**mapped["base_product"], "id": "7"},
    }


@pytest.mark.parametrize(
    ("product_id", "whole", "line", "base_id"),
    [
        (7, {"id": 8}, {"product_id": 9}, "8"),
        (7, {}, {"product_id": 9}, "7"),
        (None, {"id": 8}, {"product_id": 9}, "8"),
        (None, {}, {"product_id": 9}, "9"),
    ],
)
def test_a_variants_base_product_is_the_product(product_id, whole, line, base_id):
    named = {**whole, "sku": "SEN", "name": "Sencha"}
    variant = {"sku": "SEN-50", "is_master": False, "product_id": product_id, "product": named}
    assert product({**BARE, **line, "variant": variant})["base_product"] == {
        "id": base_id,
        "code": "SEN",
        "name": "Sencha",
    }


TWO = [{"sku": "SEN-50"}, {"sku": "SEN-90"}]


def test_one_of_several_variants_is_a_variant_even_without_a_flag():
    variant = {"sku": "SEN-50", "product": {"id": 7, "variants": TWO}}
    assert picked(product({**BARE, "variant": variant}), *FLAGS) == {
        "id": "SEN-50",
        "is_product": False,
        "is_sku": True,
    }


@pytest.mark.parametrize(
    "given",
    [
        {"product": {"id": "SEN", "variants": TWO}},
        {"product": {"has_variants": True}},
        {"variant": {"is_master": False}},
    ],
)
def test_a_variant_without_data_is_identified_by_the_products_id(given):
    line = {"product_id": "SEN", "quantity": 1, "price": 5, **given}
    assert picked(product(line), *FLAGS, "code") == {
        "id": "SEN",
        "is_product": False,
        "is_sku": True,
        "code": "SEN",
    }


def test_the_master_of_a_product_with_variants_is_a_product_and_no_sku():
    variant = {"sku": "SEN", "is_master": True, "product": {"id": 7, "variants": TWO}}
    assert picked(product({**BARE, "variant": variant}), *FLAGS) == {
        "id": "7",
        "is_product": True,
        "is_sku": False,
    }


@pytest.mark.parametrize(
    ("variant", "line", "code"),
    [
        ({"sku": "V-1", "product": {"sku": "P-1"}}, {"sku": "L-1"}, "L-1"),
        ({"sku": "V-1", "product": {"sku": "P-1"}}, {}, "V-1"),
        ({"sku": None, "product": {"sku": "P-1"}}, {"sku": "L-1"}, "L-1"),
        ({"product_id": 7, "product": {"sku": "P-1"}}, {}, "P-1"),
        ({"id": 31, "product_id": 7}, {}, "variant-31"),
    ],
)
def test_the_code_is_the_sku_of_variant_line_or_product_then_the_id(variant, line, code):
    assert product({**BARE, **line, "variant": variant})["code"] == code


@pytest.mark.parametrize(
    ("variant", "line", "name"),
    [
        ({"id": 1, "name": "Sencha"}, {"name": "Tea"}, "Sencha"),
        ({"id": 1, "name": None}, {"name": "Tea"}, "Tea"),
        ({"id": 1, "name": ""}, {}, None),
    ],
)
def test_the_name_is_the_variants_then_the_lines(variant, line, name):
    assert product({**BARE, **line, "sku": "S", "variant": variant}).get("name") == name


JAN, FEB, MAR = (f"2013-0{month}-01T00:00:00Z" for month in (1, 2, 3))


@pytest.mark.parametrize(
    ("variant", "dates"),
    [
        (
            {"product_created_at": FEB, "product": {"created_at": JAN, "updated_at": MAR}},
            ("2013-01", "2013-03"),
        ),
        ({"product_created_at": JAN, "product_updated_at": FEB}, ("2013-01", "2013-02")),
        ({"product": {"available_on": JAN, "updated_at": FEB}}, ("2013-01", "2013-02")),
        ({"product": {"available_on": JAN}}, ("2013-01", "2014-03")),
        ({"product": {"created_at": "", "updated_at": None}}, ("2014-03", "2014-03")),
        (None, ("2014-03", "2014-03")),
    ],
)
def test_dates_are_the_products_else_the_items(variant, dates):
    mapped = product({**CANISTER, "variant": variant})
    assert (mapped["create_date"][:7], mapped["change_date"][:7]) == dates


def variant_of(changes, parameters=()):
    """The product of a line whose variant has these keys."""
    return product({**CANISTER, "variant": {"id": 31, **changes}}, parameters)


@pytest.mark.parametrize(
    ("image", "parameters", "images"),
    [
        (
            {"attachment_url": "https://cdn.example.com/a.png"},
            {},
            ["https://cdn.example.com/a.png"],
        ),
        ({"url": "http://cdn.example.com/a.png"}, STORE, ["http://cdn.example.com/a.png"]),
        ({"attachment_url": "/spree/a.png?1"}, STORE, ["https://tea.example.com/spree/a.png?1"]),
        ({"url": "spree/a.png"}, STORE, ["https://tea.example.com/spree/a.png"]),
        (
            {"attachment_url": "/a.png"},
            {"store_url": "https://tea.example.com/"},
            ["https://tea.example.com/a.png"],
        ),
        ({"attachment_url": "/spree/a.png"}, {}, []),
        ({"attachment_url": None, "url": None}, STORE, []),
    ],
)
def test_images_are_absolute_or_joined_to_the_store_or_left_out(image, parameters, images):
    mapped = variant_of({"images": [image]}, parameters).get("images", [])
    assert mapped == [{"url": url} for url in images]


SIZE = {"id": 16, "name": "Large", "presentation": "L", "option_type_name": "tin-size"}


@pytest.mark.parametrize(
    ("variant", "options", "attributes"),
    [
        ({"option_values": [SIZE]}, {}, [{"id": "tin-size", "name": "tin-size", "value": "L"}]),
        (
            {"options": {"size": "M", "colour": "Red"}},
            None,
            [
                {"id": "size", "name": "size", "value": "M"},
                {"id": "colour", "name": "colour", "value": "Red"},
            ],
        ),
        ({}, {"size": "M"}, [{"id": "size", "name": "size", "value": "M"}]),
        ({"option_values": [], "options": {}}, {}, None),
        ({"option_values": None}, None, None),
    ],
)
def test_attributes_are_the_option_values_or_the_options(variant, options, attributes):
    line = {**CANISTER, "options": options, "variant": {"id": 31, **variant}}
    assert product(line).get("attributes") == attributes


@pytest.mark.parametrize("key", ["permalink", "slug"])
def test_the_store_url_leads_to_the_product(key):
    url = {"store": "https://tea.example.com/products/sencha"}
    assert variant_of({key: "sencha"}, STORE)["urls"] == url


@pytest.mark.parametrize(("variant", "store"), [({"permalink": "sencha"}, {}), ({}, STORE)])
def test_without_store_url_or_permalink_there_are_no_urls(variant, store):
    assert "urls" not in variant_of(variant, store)


@pytest.mark.parametrize("url", ["http://[", "/images/[", "//["])
def test_an_image_whose_url_cannot_be_read_is_left_out(url):
    variant = {"images": [{"url": url}]}
    parameters = {"store_url": "http://[x"}
    assert "images" not in product({**CANISTER, "variant": variant}, parameters)
