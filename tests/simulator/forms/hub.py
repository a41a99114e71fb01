"""The forms of hub messages, as JSON Schemas: the keys that hubs send, and their types.

Rebuilt from published messages of both dialects and of Spree's API.
"""

from typing import Any

from tests.simulator.forms.schemas import (
    DATE,
    FILLED,
    FLAG,
    MAYBE_DATE,
    MAYBE_TEXT,
    NAMED,
    NUMBER,
    STATE,
    TEXT,
    TEXTS,
    VISIT,
    WHOLE,
    form,
    some,
)
from tests.simulator.forms.spree_api import ORIGINAL

ADDRESS = {"anyOf": [form(**NAMED, state=TEXT, country=TEXT), {"const": {}}]}
ADJUSTMENTS = some(form(name=FILLED, value=NUMBER))
PAYMENTS = some(form(number=FILLED, status=TEXT, amount=NUMBER, payment_method=TEXT))
TOTALS = form(
    {"adjustment": NUMBER, "discount": NUMBER},
    **dict.fromkeys(("item", "tax", "shipping", "payment", "order"), NUMBER),
)

LINE = form(
    name=FILLED,
    sku=TEXT,
    external_ref=TEXT,
    quantity=WHOLE,
    price=NUMBER,
    variant_id=WHOLE,
    options=TEXTS,
)
SHIPMENTS = some(
    form(
        number=FILLED,
        cost=NUMBER,
        status=TEXT,
        stock_location=MAYBE_TEXT,
        shipping_method=TEXT,
        tracking=MAYBE_TEXT,
        updated_at=MAYBE_TEXT,
        shipped_at=MAYBE_DATE,
        items=some(LINE),
    )
)

_ORDER: dict[str, Any] = {
    "channel": TEXT,
    "email": MAYBE_TEXT,
    "currency": FILLED,
    "placed_on": MAYBE_DATE,
    "updated_at": DATE,
    "status": STATE,
    "totals": TOTALS,
    "adjustments": ADJUSTMENTS,
    "shipping_address": ADDRESS,
    "billing_address": ADDRESS,
    "payments": PAYMENTS,
}
ORDER_V5 = form(VISIT, **_ORDER, number=FILLED, line_items=some(LINE), shipments=SHIPMENTS)
LINE_V6 = form(
    {"variant_id": WHOLE}, id=WHOLE, product_id=TEXT, name=FILLED, quantity=WHOLE, price=NUMBER
)
ORDER_V6 = form({**VISIT, "shipments": SHIPMENTS}, **_ORDER, id=FILLED, line_items=some(LINE_V6))
_STATUS_AS_STATE = {"state" if name == "status" else name: one for name, one in _ORDER.items()}
RAW_ORDER_V6 = form(VISIT, **_STATUS_AS_STATE, id=FILLED, line_items=some(LINE_V6))
PARTIAL_V5 = form({"status": STATE}, number=FILLED, updated_at=DATE)
PARTIAL_V6 = form(id=FILLED, status=STATE, email=TEXT, updated_at=DATE)

TAXON = form(
    id=WHOLE,
    parent_id={"type": ["integer", "null"]},
    position=WHOLE,
    name=FILLED,
    permalink=FILLED,
    taxonomy_id=WHOLE,
    description=MAYBE_TEXT,
    created_at=DATE,
    updated_at=DATE,
)
VARIANT_V6 = form(
    sku=TEXT,
    is_master=FLAG,
    price=NUMBER,
    options=TEXTS,
    name=FILLED,
    product_id=TEXT,
    images={"type": "array"},
    product=form(
        id=TEXT,
        name=FILLED,
        sku=TEXT,
        permalink=FILLED,
        taxons=some(some(FILLED)),
        created_at=DATE,
        updated_at=DATE,
        meta_data=form(jirafe=form(taxons=some(TAXON))),
    ),
)
JIRAFE_LINE_V6 = form(
    {"variant_id": WHOLE},
    id=WHOLE,
    product_id=TEXT,
    name=FILLED,
    quantity=WHOLE,
    price=NUMBER,
    variant=VARIANT_V6,
)
JIRAFE_ORDER_V6 = form(VISIT, **_ORDER, id=FILLED, number=FILLED, line_items=some(JIRAFE_LINE_V6))
PRODUCT = form(
    {"created_at": DATE, "updated_at": DATE},
    id={"type": ["integer", "string"]},
    name=FILLED,
    sku=TEXT,
    description=TEXT,
    price=NUMBER,
    cost_price=NUMBER,
    available_on=DATE,
    permalink=FILLED,
    meta_description=MAYBE_TEXT,
    meta_keywords=MAYBE_TEXT,
    shipping_category=TEXT,
    taxons=some(some(FILLED)),
    options=some(TEXT),
    properties=TEXTS,
    images=some(form(url=FILLED, position=WHOLE)),
    variants=some(
        form(
            sku=TEXT,
            price=NUMBER,
            cost_price=NUMBER,
            quantity=WHOLE,
            options=TEXTS,
            images={"type": "array"},
        )
    ),
)
USER = form(
    id=WHOLE,
    email=FILLED,
    created_at=DATE,
    updated_at=DATE,
    bill_address=ADDRESS,
    ship_address={"type": "null"},
)
CUSTOMER = form(
    id=FILLED,
    email=FILLED,
    firstname=TEXT,
    lastname=TEXT,
    created_at=DATE,
    updated_at=DATE,
    shipping_address=ADDRESS,
    billing_address=ADDRESS,
)


def _v5(**payload: Any) -> dict[str, Any]:
    parameters = some(form(name={"pattern": r"^jirafe\."}, value=TEXT))
    kinds = "order|cart|taxon|product|user"
    return form(
        message={"pattern": f"^({kinds}):(new|updated|canceled)$"},
        message_id=FILLED,
        payload=form(**payload, parameters=parameters),
    )


def _v6(**thing: Any) -> dict[str, Any]:
    parameters = {"type": "object", "propertyNames": {"pattern": "^jirafe_"}}
    return form(request_id=FILLED, **thing, parameters=parameters)


def _orders(envelope: Any, order: dict[str, Any], **beside: Any) -> dict[str, Any]:
    return {"anyOf": [envelope(**{kind: order}, **beside) for kind in ("order", "cart")]}


FORMS: dict[str, dict[str, Any]] = {
    "v5 with original": _orders(_v5, ORDER_V5, original=ORIGINAL),
    "v5 with previous": _v5(
        order=ORDER_V5,
        original=ORIGINAL,
        previous=ORDER_V5,
        diff={
            "type": "object",
            "required": ["updated_at"],
            "additionalProperties": {"type": "array", "minItems": 2, "maxItems": 2},
        },
    ),
    "v5 without original": _orders(_v5, ORDER_V5),
    "v5 unfinished order": _v5(order=ORDER_V5, original=ORIGINAL),
    "v5 partial": _v5(order=PARTIAL_V5),
    "v5 catalog": {"anyOf": [_v5(taxon=TAXON), _v5(product=PRODUCT), _v5(user=USER)]},
    "v6": _orders(_v6, ORDER_V6),
    "v6 with variants": _orders(_v6, JIRAFE_ORDER_V6),
    "v6 raw state": _orders(_v6, RAW_ORDER_V6),
    "v6 positive discounts": _orders(_v6, ORDER_V6),
    "v6 totals.discount": _orders(_v6, ORDER_V6),
    "v6 partial": _v6(order=PARTIAL_V6),
    "v6 catalog": {"anyOf": [_v6(taxon=TAXON), _v6(product=PRODUCT), _v6(customer=CUSTOMER)]},
}
"""The form of a message in each style."""
