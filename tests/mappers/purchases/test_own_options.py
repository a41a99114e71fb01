"""A variant that has no SKU and does not say whether it is the master."""

import pytest

from tests.mappers.site import Site, body

TEE = {"id": "TEE", "sku": "TEE", "name": "Tee"}
MEDIUM = {"options": {"size": "M"}}
SIZE = {"option_values": [{"name": "M", "presentation": "M", "option_type_name": "size"}]}


def sold(variant, **line):
    """The product of an order's only line."""
    one = {"id": 1, "quantity": 1, "price": 5, "name": "Tee", "variant": variant, **line}
    order = {"number": "R1", "currency": "EUR", "updated_at": "2026-03-01", "line_items": [one]}
    product = body(Site().take("order:updated", {"order": order}))["items"][0]["product"]
    shown = ("id", "is_product", "is_sku", "base_product")
    return {key: product.get(key) for key in shown}


@pytest.mark.parametrize("options", [MEDIUM, SIZE])
def test_a_variant_with_its_own_options_is_not_the_master(options):
    assert sold({"id": 31, "product": TEE, **options}) == {
        "id": "variant-31",
        "is_product": False,
        "is_sku": True,
        "base_product": {"id": "TEE", "code": "TEE", "name": "Tee"},
    }


@pytest.mark.parametrize("options", [{}, {"options": {}}, {"option_values": []}])
def test_a_variant_without_options_is_the_product_itself(options):
    assert sold({"id": 31, "product": TEE, **options}) == {
        "id": "TEE",
        "is_product": True,
        "is_sku": True,
        "base_product": None,
    }


@pytest.mark.parametrize("is_master", [True, False])
def test_is_master_overrides_the_options(is_master):
    variant = {"id": 31, "product": TEE, "is_master": is_master, **MEDIUM}

    assert sold(variant)["id"] == ("TEE" if is_master else "variant-31")


def test_variants_without_sku_and_number_are_identified_by_their_options():
    sizes = [{"options": {"size": size}} for size in "ML"]
    product = {"id": "TEE", "sku": "TEE", "name": "Tee", "variants": sizes}
    taken = Site().take("product:new", {"product": product})
    in_catalog = [one.body["id"] for one in taken.events[1:]]

    assert [sold({"product": TEE, **size})["id"] for size in sizes] == in_catalog
