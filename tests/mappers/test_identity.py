"""The same product, buyer and line go by the same id in every message."""

import pytest

from tests.mappers.site import Site, body, event, names

TEAPOT = {"name": "Teapot", "sku": "POT", "quantity": 1, "price": 20.0, "variant_id": 101}
CUP = {"name": "Cup", "sku": "CUP", "quantity": 1, "price": 20.0, "variant_id": 102}
RAW_TEAPOT = {
    "id": 1,
    "quantity": 1,
    "price": "20",
    "variant_id": 101,
    "variant": {"id": 101, "sku": "POT", "name": "Teapot", "is_master": True, "product_id": 11},
}
RAW_CUP = {
    "id": 2,
    "quantity": 1,
    "price": "20",
    "variant_id": 102,
    "variant": {"id": 102, "sku": "CUP", "name": "Cup", "is_master": False, "product_id": 12},
}


def hub(day, *lines):
    return {
        "number": "R1",
        "email": "ann@example.com",
        "currency": "EUR",
        "placed_on": "2026-03-01T10:00:00Z",
        "updated_at": f"2026-03-{day:02}T10:00:00Z",
        "totals": {"item": 20 * len(lines), "order": 20 * len(lines)},
        "line_items": list(lines),
    }


def raw(*lines):
    return {"user_id": 7, "line_items": list(lines)}


def sold(mapped):
    """Item ids with the product ids and base products of an order-accepted event."""
    return [
        (item["id"], item["product"]["id"], item["product"].get("base_product", {}).get("id"))
        for item in body(mapped)["items"]
    ]


BOTH = [("1", "POT", None), ("2", "CUP", "12")]


def test_items_and_buyer_keep_their_ids_without_the_original():
    site = Site()
    first = site.take(
        "order:new", {"order": hub(1, TEAPOT, CUP), "original": raw(RAW_TEAPOT, RAW_CUP)}
    )
    second = site.take("order:updated", {"order": hub(2, TEAPOT, CUP)})

    assert sold(first) == sold(second) == BOTH
    assert body(second)["previous_items"] == body(first)["items"]
    assert body(second)["customer"]["id"] == "7"


def test_a_removed_line_is_in_the_previous_items_as_it_was():
    site = Site()
    first = site.take(
        "order:new", {"order": hub(1, TEAPOT, CUP), "original": raw(RAW_TEAPOT, RAW_CUP)}
    )
    second = site.take(
        "order:updated",
        {
            "order": hub(2, TEAPOT),
            "original": raw(RAW_TEAPOT),
            "previous": {"line_items": [TEAPOT, CUP]},
        },
    )

    assert sold(second) == BOTH[:1]
    assert body(second)["previous_items"] == body(first)["items"]


def test_a_product_without_sku_is_identified_by_its_name_in_every_sale():
    site = Site()
    line = {"product_id": "", "name": "Tote Bag", "quantity": 2, "price": 20.0}
    sales = [
        site.order(number=number, line_items=[line | {"id": line_id}])
        for number, line_id in (("R1", 5), ("R2", 9))
    ]

    assert [sold(sale) for sale in sales] == [[("5", "tote-bag", None)], [("9", "tote-bag", None)]]


def test_the_id_of_a_deleted_variant_is_not_taken_for_a_products():
    site = Site()
    deleted = {"id": 1, "quantity": 1, "price": "20", "variant_id": 12, "variant": None}
    mapped = site.take("order:new", {"order": hub(1), "original": raw(deleted, RAW_CUP)})

    assert sold(mapped) == [("1", "variant-12", None), ("2", "CUP", "12")]


def test_a_variant_sent_without_its_sku_later_keeps_it():
    site = Site()
    site.take("order:new", {"order": hub(1, TEAPOT)})
    bare = {"id": 9, "quantity": 1, "price": 20, "variant_id": 101}
    later = site.order(number="R2", line_items=[bare])

    assert sold(later) == [("9", "POT", None)]
    assert "product" not in names(later)


def test_a_sku_from_a_product_message_is_used_for_orders_without_it():
    site = Site()
    variants = [{"id": 101, "sku": "POT-S"}, {"id": 102, "sku": "POT-L"}]
    site.take("product:new", {"product": {"id": 11, "name": "Teapot", "variants": variants}})
    mapped = site.order(
        number="R2", line_items=[{"id": 9, "quantity": 1, "price": 20, "variant_id": 102}]
    )

    assert sold(mapped) == [("9", "POT-L", None)]


def test_a_sold_variant_belongs_to_its_product_of_the_catalog():
    site = Site()
    variants = [{"id": 101, "sku": "POT-S"}, {"id": 102, "sku": "POT-L"}]
    site.take("product:new", {"product": {"id": 11, "name": "Teapot", "variants": variants}})
    mapped = site.order(line_items=[{"product_id": "POT-L", "quantity": 1, "price": 2}], number="R")

    assert sold(mapped) == [("POT-L", "POT-L", "11")]


def test_a_product_known_by_number_and_sold_by_sku_is_one_product():
    site = Site()
    given = site.take("product:new", {"product": {"id": 8908, "sku": "123", "name": "Whisk"}})
    mapped = site.order(number="R1", line_items=[{"product_id": "123", "quantity": 1, "price": 20}])

    assert body(given, "product")["id"] == sold(mapped)[0][1] == "123"


def test_the_sku_of_a_line_is_preferred_to_its_product_number():
    site = Site()
    line = {"sku": "CUP-L", "product_id": "12", "quantity": 1, "price": 5}
    mapped = site.order(number="R1", line_items=[line])

    assert sold(mapped) == [("CUP-L", "CUP-L", None)]


def test_each_line_of_the_same_product_is_an_item():
    site = Site()
    line = {"product_id": "CUP", "quantity": 1, "price": 5}
    first = site.order(number="R1", line_items=[line, line, line])
    second = site.order("order:updated", number="R1", line_items=[line, line])

    assert [one[0] for one in sold(first)] == ["CUP", "CUP-2", "CUP-3"]
    assert [one[0] for one in sold(second)] == ["CUP", "CUP-2"]


def test_a_line_with_only_amounts_is_an_item():
    mapped = Site().order(number="R1", line_items=[{"quantity": 1, "price": 0.0}])

    assert sold(mapped) == [("unknown", "unknown", None)]


@pytest.mark.parametrize("address", ["ann@example.com", " ANN@Example.com "])
def test_a_buyers_account_is_found_by_email_alone(address):
    site = Site()
    site.take("customer:new", {"customer": {"id": "a123", "email": "Ann@example.com"}})
    mapped = site.order(number="R1", email=address, line_items=[])

    assert [e.body["id"] for e in mapped.events if e.kind == "customer"] == ["a123"]
    assert body(mapped)["customer"]["id"] == "a123"


def test_an_account_known_from_one_order_is_used_for_the_next():
    site = Site()
    site.order(number="R1", email="ann@example.com", user_id=7, line_items=[])
    mapped = site.order(number="R2", email="ann@example.com", line_items=[])

    assert body(mapped)["customer"]["id"] == "7"


def test_a_guest_and_an_account_are_one_customer_once_linked():
    site = Site()
    ids = [
        body(site.order(message, number="R1", line_items=[], **who))["customer"]["id"]
        for message, who in (
            ("order:new", {}),
            ("order:updated", {"email": "Ann@example.com"}),
            ("order:updated", {"email": "ann@example.com", "user_id": 7}),
            ("order:updated", {"email": "ann@example.com"}),
            ("order:updated", {}),
        )
    ]

    assert ids == ["guest-R1", "ann@example.com", "7", "7", "7"]


def test_a_customer_message_without_an_id_is_about_the_account_with_the_email():
    site = Site()
    site.order(number="R1", email="ann@example.com", user_id=7, line_items=[])
    mapped = site.take("user:updated", {"user": {"email": "Ann@example.com", "firstname": "Ann"}})

    assert body(mapped, "customer")["id"] == "7"


def test_the_creation_date_of_a_customer_is_the_earliest_in_any_order_of_messages():
    site = Site()
    dates = [
        body(site.order(number=number, user_id=7, placed_on=date, line_items=[]))["customer"]
        for number, date in (
            ("R2", "2026-03-05T00:00:00Z"),
            ("R1", "2026-03-01T00:00:00Z"),
            ("R3", "2026-03-09T00:00:00Z"),
        )
    ]

    assert [one["create_date"][:10] for one in dates] == ["2026-03-05", "2026-03-01", "2026-03-01"]


def test_an_outdated_message_still_counts_for_when_a_customer_was_first_seen():
    site = Site()
    site.order(number="R1", user_id=7, updated_at="2026-03-05T00:00:00Z", line_items=[])
    late = site.order(
        "order:updated", number="R1", user_id=7, updated_at="2026-03-01T00:00:00Z", line_items=[]
    )
    mapped = site.order(number="R2", user_id=7, updated_at="2026-03-09T00:00:00Z", line_items=[])

    assert event(late, "order-accepted").is_outdated
    assert body(mapped)["customer"]["create_date"] == "2026-03-01T00:00:00.000Z"


@pytest.mark.parametrize("created", ["2024-05-01T00:00:00Z", "2026-04-01T00:00:00Z"])
def test_a_customers_own_creation_date_is_kept(created):
    site = Site()
    site.order(number="R1", email="a@example.com", user_id=7, placed_on="2026-03-01", line_items=[])
    person = {"id": 7, "email": "a@example.com", "created_at": created}
    given = site.take("user:updated", {"user": person})
    later = site.order(
        number="R2", email="a@example.com", user_id=7, placed_on="2026-05-01", line_items=[]
    )

    expected = created.replace("Z", ".000Z")
    assert body(given, "customer")["create_date"] == expected
    assert body(later)["customer"]["create_date"] == expected


def test_category_paths_that_differ_by_a_character_have_different_ids():
    product = {
        "id": "P1",
        "sku": "P1",
        "taxons": [["Books", "C"], ["Books", "C++"], ["Books", "C#"]],
    }
    mapped = Site().take("product:new", {"product": product})

    assert body(mapped, "product")["categories"] == [
        {"id": "books/c", "name": "C"},
        {"id": "books/c%2B%2B", "name": "C++"},
        {"id": "books/c%23", "name": "C#"},
    ]
