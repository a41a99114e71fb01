"""Details of how a shop's records are read."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spree.messages import purchase_message, skus
from spree.payloads import platform, v1, v3
from spree.payloads.fields import amount
from spree.payloads.json_api import Document
from spree.payloads.sums import sums

CENTS = st.decimals(min_value=-10_000, max_value=10_000, places=2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("48.0", Decimal("48.0")),
        (" -10 ", Decimal(-10)),
        (0, Decimal(0)),
        (9.9, Decimal("9.9")),
        ("$5", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e400", None),
        ("", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_an_amount_is_read_as_written_or_not_at_all(
    value: object, expected: Decimal | None
) -> None:
    assert amount(value) == expected


@given(st.lists(st.tuples(CENTS, CENTS, CENTS), max_size=4), CENTS, CENTS)
def test_the_adjustments_of_an_order_and_its_parts_are_each_counted_once(
    parts: list[tuple[Decimal, Decimal, Decimal]], own: Decimal, by_hand: Decimal
) -> None:
    lines = [
        {
            "promo_total": str(promotion),
            "additional_tax_total": str(added),
            "included_tax_total": str(included),
            "adjustment_total": str(promotion + added),
        }
        for promotion, added, included in parts
    ]
    promotions, added, included = (
        sum((part[place] for part in parts), Decimal(0)) for place in range(3)
    )
    order = {
        "promo_total": str(promotions + own),
        "additional_tax_total": str(added),
        "included_tax_total": str(included),
        "adjustment_total": str(promotions + own + added + by_hand),
    }
    left = sums(order).without(sums(line) for line in lines)
    assert left.adjustments() == [
        {"label": label, "amount": str(value), "eligible": True, **source}
        for label, value, source in (
            ("Promotion", own, {"source_type": "Spree::PromotionAction"}),
            ("Adjustment", by_hand, {}),
        )
        if value
    ]


def test_a_tax_of_the_api_v1_is_included_unless_the_order_has_additional_tax() -> None:
    tax = {"source_type": "Spree::TaxRate", "amount": "3.79", "label": "VAT"}
    refund = {**tax, "amount": "-3.79"}
    line = {"id": 1, "quantity": 1, "price": "9.9", "adjustments": [tax, refund]}
    read = [
        v1.order({"line_items": [line], "additional_tax_total": added})["line_items"][0]
        for added in ("0.0", "3.79")
    ]
    assert [one["adjustments"][0]["included"] for one in read] == [True, False]
    assert "included" not in read[0]["adjustments"][1]


def test_the_largest_size_replaces_a_missing_original_picture() -> None:
    styles = [{"url": "/48.jpg", "width": 48}, {"url": "/600.jpg", "width": 600}]
    document = Document(
        {
            "data": {
                "id": "1",
                "type": "variant",
                "attributes": {"sku": "A"},
                "relationships": {"images": {"data": [{"id": "2", "type": "image"}]}},
            },
            "included": [{"id": "2", "type": "image", "attributes": {"styles": styles}}],
        }
    )
    assert platform.variant(document.data[0])["images"] == [{"url": "/600.jpg"}]


def test_a_resumed_order_of_the_admin_api_is_recognized_by_its_dates() -> None:
    canceled_at = "2026-04-01T10:00:00.000Z"
    states = [
        v3.order({"status": status, "canceled_at": date}).get("state")
        for status, date in (
            ("draft", None),
            ("placed", None),
            ("canceled", canceled_at),
            ("placed", canceled_at),
            ("on_hold", None),
        )
    ]
    assert states == ["cart", "complete", "canceled", "resumed", "on_hold"]


def test_a_message_is_posted_in_the_form_of_the_hub() -> None:
    order = {"number": "R1", "completed_at": "2026-04-01T10:00:00Z"}
    message = purchase_message("order.placed:1", order)
    assert json.loads(json.dumps(message.envelope())) == {
        "message": "order:new",
        "message_id": "order.placed:1",
        "payload": {"order": {"number": "R1"}, "original": order},
    }


def test_skus_are_found_in_orders_products_and_variants() -> None:
    variant = {"id": "31", "product_id": "21", "sku": "STOOL-OAK"}
    assert skus({"line_items": [{"variant": variant}, {}]}) == {"31": "STOOL-OAK"}
    assert skus({"master": variant, "variants": [{"id": "33", "sku": "B"}, {"id": "34"}]}) == {
        "31": "STOOL-OAK",
        "33": "B",
    }
    assert skus(variant) == {"31": "STOOL-OAK"}


@pytest.mark.parametrize(
    ("read", "column"),
    [
        (v1.order, "admin_metadata"),
        (v3.order, "metadata"),
        (lambda data: _platform_order(data), "private_metadata"),
    ],
)
def test_an_order_has_the_visit_of_its_metadata(read: Any, column: str) -> None:
    ids = {"visit_id": "20260302-5", "visitor_id": "7", "pageview_id": "2", "last_pageview_id": "1"}
    stored = {"number": "R1", column: {"jirafe": {**ids, "other": "x"}, "more": 1}}

    assert ids.items() <= read(stored).items()
    assert "other" not in read(stored)
    for wrong in ("x", {"jirafe": []}, {"jirafe": {"visit_id": {}}}, None):
        assert not ids.keys() & read({"number": "R1", column: wrong}).keys()


def _platform_order(attributes: dict[str, Any]) -> Any:
    data = {"id": "1", "type": "order", "attributes": attributes, "relationships": {}}
    return platform.order(Document({"data": data}).data[0])
