"""A sale never overwrites the catalog's data about a product."""

from datetime import timedelta

from tests.mappers.payloads import NOW
from tests.mappers.site import Site, body, codes, names

MUG = {"id": "MUG", "sku": "MUG", "name": "Mug", "available_on": "2013-01-01T00:00:00Z"}
SALE = {
    "number": "R1",
    "currency": "EUR",
    "placed_on": "2026-04-01T10:05:00Z",
    "line_items": [{"id": 1, "product_id": "MUG", "name": "Mug", "quantity": 2, "price": 20.0}],
}


def shown(site):
    latest = site.latest("product", "MUG")
    return latest["name"], [one["name"] for one in latest.get("categories", [])]


def test_a_product_keeps_its_categories_when_it_is_sold():
    site = Site()
    site.take("product:new", {"product": {**MUG, "taxons": [["Categories", "Kitchen"]]}})

    assert "product" not in names(site.order(**SALE))
    assert shown(site) == ("Mug", ["Kitchen"])


def test_a_product_that_is_renamed_after_a_sale_has_its_new_name():
    site = Site()
    site.take("product:new", {"product": {**MUG, "taxons": [["Categories", "Kitchen"]]}})
    site.order(**SALE)
    renamed = {**MUG, "name": "Mug XL", "taxons": [["Categories", "Sale"]]}
    site.take("product:updated", {"product": renamed}, NOW + timedelta(hours=1))

    assert shown(site) == ("Mug XL", ["Sale"])


def test_the_catalog_overrides_a_product_known_from_a_sale():
    site = Site()
    site.order(**SALE)
    fields = {**MUG, "updated_at": "2026-01-01T00:00:00Z", "taxons": [["Categories", "Kitchen"]]}
    site.take("product:new", {"product": fields})

    assert shown(site) == ("Mug", ["Kitchen"])


def test_an_older_state_of_a_product_is_outdated():
    site = Site()
    site.take("product:updated", {"product": {**MUG, "updated_at": "2026-03-02T00:00:00Z"}})
    late = site.take("product:updated", {"product": {**MUG, "updated_at": "2026-03-01T00:00:00Z"}})

    assert names(late) == []


def test_a_variant_without_a_sku_is_sent_without_it():
    variants = [{"sku": "", "options": {"Size": "S"}}, {"sku": "TOTE-M", "options": {"Size": "M"}}]
    product = {"id": "TOTE", "sku": "TOTE", "name": "Tote", "variants": variants}
    mapped = Site().take("product:new", {"product": product})

    assert [one.body["id"] for one in mapped.events] == ["TOTE", "tote-s", "TOTE-M"]
    assert mapped.warnings == []


def test_categories_are_read_from_classifications_and_names():
    taxon = {"id": 4, "name": "Cups", "taxonomy_id": 1}
    for given in ({"classifications": [{"taxon": taxon}]}, {"taxons": [taxon]}):
        mapped = Site(product_category_taxonomy="1").take("product:new", {"product": MUG | given})
        assert body(mapped, "product")["categories"] == [{"id": "4", "name": "Cups"}]
    mapped = Site().take("product:new", {"product": {**MUG, "taxons": ["Cups", 5, [], None]}})
    assert body(mapped, "product")["categories"] == [{"id": "cups", "name": "Cups"}]


def test_an_empty_gift_box_line_does_not_refuse_the_order():
    box = {"product_id": "", "name": "Gift box", "quantity": 1, "price": 0.0}
    mapped = Site().order(**{**SALE, "line_items": [*SALE["line_items"], box]})

    assert [item["product"]["id"] for item in body(mapped)["items"]] == ["MUG", "gift-box"]
    assert codes(mapped) == []


def test_an_empty_object_is_an_empty_list():
    mapped = Site().order(**SALE, adjustments={}, shipments={})

    assert (names(mapped)[:3], codes(mapped)) == (["cart", "order-placed", "order-accepted"], [])
