import pytest

from mappers import MappingError, read_message
from tests.mappers.payloads import (
    CANISTER,
    EARLY,
    LATE,
    NOW,
    SENT_EARLY,
    SENT_LATE,
    SENT_NOW,
    category,
    events,
    left_out,
    nested,
    picked,
    problems,
    product,
    without,
)

GREEN = {
    "id": 12,
    "parent_id": 5,
    "position": 0,
    "name": "Green tea",
    "permalink": "categories/green-tea",
    "taxonomy_id": 7,
    "created_at": EARLY,
    "updated_at": LATE,
}
SENT_GREEN = {
    "id": "12",
    "name": "Green tea",
    "create_date": SENT_EARLY,
    "change_date": SENT_LATE,
    "parent_categories": [{"id": "5"}],
}


@pytest.mark.parametrize("message", ["taxon:new", "taxon:updated"])
@pytest.mark.parametrize("payload", [{"taxon": GREEN}, GREEN])
def test_a_taxon_of_the_product_taxonomy_is_a_category(message, payload):
    parameters = {"product_category_taxonomy": "7"}
    assert events(message, payload, parameters) == [("category", SENT_GREEN)]


@pytest.mark.parametrize("parent", [{}, {"parent_id": None}, {"parent_id": ""}])
def test_a_root_taxon_has_no_parent_categories(parent):
    (mapped,) = category({**without(GREEN, "parent_id"), **parent})
    assert mapped == without(SENT_GREEN, "parent_categories")


@pytest.mark.parametrize("taxonomy_id", [7, "7"])
def test_a_taxonomy_may_be_a_number_or_a_string(taxonomy_id):
    assert category({**GREEN, "taxonomy_id": taxonomy_id}) == [SENT_GREEN]


@pytest.mark.parametrize("taxonomy_id", [8, "8", 77, "07", None])
def test_a_taxon_of_another_taxonomy_is_not_sent(taxonomy_id):
    assert category({**GREEN, "taxonomy_id": taxonomy_id}) == []


@pytest.mark.parametrize("taxon", [GREEN, without(GREEN, "taxonomy_id")])
def test_without_the_parameter_no_taxon_is_sent(taxon):
    assert events("taxon:new", {"taxon": taxon}) == []


@pytest.mark.parametrize(
    ("dates", "sent"),
    [
        ({"created_at": EARLY}, (SENT_EARLY, SENT_EARLY)),
        ({"updated_at": LATE}, (SENT_LATE, SENT_LATE)),
        ({"created_at": None, "updated_at": ""}, (SENT_NOW, SENT_NOW)),
    ],
)
def test_a_missing_date_is_the_other_date_or_the_clock(dates, sent):
    (mapped,) = category({**without(GREEN, "created_at", "updated_at"), **dates})
    assert (mapped["create_date"], mapped["change_date"]) == sent


@pytest.mark.parametrize("key", ["id", "name"])
@pytest.mark.parametrize("empty", [None, ""])
def test_a_category_without_id_or_name_is_refused(key, empty):
    with pytest.raises(MappingError) as caught:
        category({**GREEN, key: empty})
    assert caught.value.errors == {f"taxon.{key}": ["Missing data for required field."]}


PRODUCT_TAXONOMY = {"product_category_taxonomy": "7"}


@pytest.mark.parametrize(("key", "value"), [("id", {}), ("id", []), ("name", {})])
def test_an_id_or_name_of_a_wrong_type_is_refused_by_name(key, value):
    errors = problems("taxon:new", {"taxon": {**GREEN, key: value}}, PRODUCT_TAXONOMY)
    assert set(errors) == {f"taxon.{key}"}


@pytest.mark.parametrize(
    ("key", "value"), [("parent_id", []), ("created_at", "SECRET"), ("updated_at", 5)]
)
def test_another_field_of_a_wrong_type_is_left_out(key, value):
    fields = {"taxon": {**GREEN, key: value}}
    assert set(left_out("taxon:new", fields, PRODUCT_TAXONOMY)) == {f"taxon.{key}"}


@pytest.mark.parametrize("payload", [{"taxon": "SECRET"}, {"taxon": 5}, {"taxon": [5]}])
def test_a_taxon_that_is_not_an_object_is_refused(payload):
    with pytest.raises(MappingError, match=r"^taxon: (?!.*SECRET)"):
        read_message("taxon:new", payload, {"product_category_taxonomy": "7"}, NOW)


def shelved(taxons, **parameters):
    """Brand and categories of a product with these taxons."""
    variant = {"id": 31, "product": {"taxons": taxons}}
    return picked(product({**CANISTER, "variant": variant}, parameters), "brand", "categories")


STORAGE = {"id": 11, "name": "Storage", "taxonomy_id": 1}
KILN = {"id": 21, "name": "Kiln & Co", "taxonomy_id": "2"}
SENT_STORAGE = {"id": "11", "name": "Storage"}
SENT_KILN = {"id": "21", "name": "Kiln & Co"}


@pytest.mark.parametrize(
    ("taxons", "parameters", "places"),
    [
        ([STORAGE, KILN], {}, {"categories": [SENT_STORAGE, SENT_KILN]}),
        ([STORAGE, KILN], {"product_category_taxonomy": "1"}, {"categories": [SENT_STORAGE]}),
        ([KILN], {"product_category_taxonomy": "1"}, {}),
        (
            [without(STORAGE, "taxonomy_id"), without(KILN, "taxonomy_id")],
            {"product_category_taxonomy": "1", "brand_category_taxonomy": "2"},
            {"categories": [SENT_STORAGE, SENT_KILN]},
        ),
        ([STORAGE, {**STORAGE, "position": 4}], {}, {"categories": [SENT_STORAGE]}),
        (
            [STORAGE, KILN],
            {"product_category_taxonomy": "1", "brand_category_taxonomy": "2"},
            {"brand": "Kiln & Co", "categories": [SENT_STORAGE]},
        ),
        (
            [STORAGE],
            {"product_category_taxonomy": "1", "brand_category_taxonomy": "2"},
            {"categories": [SENT_STORAGE]},
        ),
        ([], {"brand_category_taxonomy": "2"}, {}),
        (None, {"brand_category_taxonomy": "2"}, {}),
    ],
)
def test_taxons_are_brand_and_categories_by_their_taxonomies(taxons, parameters, places):
    assert shelved(taxons, **parameters) == places


TRAIL = ["Categories", "Green Tea", "First Flush"]
FLUSH = {"id": "categories/green-tea/first-flush", "name": "First Flush"}


@pytest.mark.parametrize(
    ("taxons", "categories"),
    [
        ([TRAIL], [FLUSH]),
        ([TRAIL, ["Categories", "Tins"]], [FLUSH, {"id": "categories/tins", "name": "Tins"}]),
        ([TRAIL, TRAIL], [FLUSH]),
        ([["Tea"]], [{"id": "tea", "name": "Tea"}]),
    ],
)
def test_a_breadcrumb_is_a_category_named_after_its_last_part(taxons, categories):
    assert shelved(taxons) == {"categories": categories}
    assert shelved(taxons, product_category_taxonomy="1") == {"categories": categories}


@pytest.mark.parametrize("taxons", ["SECRET", {"SECRET": 1}, 5])
def test_taxons_of_a_wrong_type_are_left_out(taxons):
    line = {**CANISTER, "variant": nested("product.taxons", taxons)}
    fields = {"cart": {"number": "R1", "line_items": [line]}}
    assert left_out("cart:new", fields) == {
        "cart.line_items.0.variant.product.taxons": "Not a valid list."
    }
