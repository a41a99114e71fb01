"""The form of an order in Spree's API, which messages have as `original`."""

from tests.simulator.forms.schemas import (
    AMOUNT,
    DATE,
    FILLED,
    FLAG,
    MAYBE_DATE,
    MAYBE_TEXT,
    NAMED,
    STATE,
    TEXT,
    VISIT,
    WHOLE,
    form,
    maybe,
    some,
)

_COUNTRY = form(id=WHOLE, iso=TEXT, name=TEXT)
_STATE = form(id=WHOLE, name=TEXT, abbr=TEXT)
API_ADDRESS = maybe(
    form(
        **NAMED,
        id=WHOLE,
        company=MAYBE_TEXT,
        state_name=MAYBE_TEXT,
        country=_COUNTRY,
        state=_STATE,
    )
)
API_ADJUSTMENTS = some(
    form(
        {"originator_type": TEXT, "source_type": MAYBE_TEXT, "included": FLAG},
        amount=AMOUNT,
        label=FILLED,
        mandatory=FLAG,
        eligible=FLAG,
        adjustable_type={"enum": ["Spree::Order", "Spree::LineItem", "Spree::Shipment"]},
    )
)
API_VARIANT = form(
    id=WHOLE,
    name=FILLED,
    product_id=WHOLE,
    sku=TEXT,
    price=AMOUNT,
    is_master=FLAG,
    permalink=TEXT,
    options_text=TEXT,
    option_values=some(form(id=WHOLE, name=TEXT, presentation=TEXT, option_type_name=TEXT)),
    images={"type": "array"},
    product=form(
        created_at=DATE,
        updated_at=DATE,
        taxons=some(form(id=WHOLE, name=TEXT, taxonomy_id=WHOLE)),
    ),
)
API_LINE = form(
    id=WHOLE,
    quantity=WHOLE,
    price=AMOUNT,
    variant_id=WHOLE,
    created_at=DATE,
    updated_at=DATE,
    variant=API_VARIANT,
    adjustments=API_ADJUSTMENTS,
)
API_SHIPMENT = form(
    id=WHOLE,
    number=FILLED,
    tracking=MAYBE_TEXT,
    cost=AMOUNT,
    shipped_at=MAYBE_DATE,
    state=TEXT,
    order_id=FILLED,
    stock_location_name=TEXT,
    shipping_method=form(name=TEXT),
    adjustments=API_ADJUSTMENTS,
)
ORIGINAL = form(
    {"included_tax_total": AMOUNT, "additional_tax_total": AMOUNT, "canceled_at": MAYBE_DATE},
    **dict.fromkeys(
        ("item_total", "total", "ship_total", "tax_total", "adjustment_total", "payment_total"),
        AMOUNT,
    ),
    **VISIT,
    id=WHOLE,
    number=FILLED,
    currency=FILLED,
    state=STATE,
    shipment_state=TEXT,
    payment_state=TEXT,
    user_id={"type": ["integer", "null"]},
    email=MAYBE_TEXT,
    special_instructions=MAYBE_TEXT,
    created_at=DATE,
    updated_at=DATE,
    completed_at=MAYBE_DATE,
    bill_address=API_ADDRESS,
    ship_address=API_ADDRESS,
    line_items=some(API_LINE),
    adjustments=API_ADJUSTMENTS,
    shipments=some(API_SHIPMENT),
    payments=some(form(id=WHOLE, amount=AMOUNT, state=TEXT, payment_method_id=WHOLE)),
    credit_cards={"type": "array"},
)
