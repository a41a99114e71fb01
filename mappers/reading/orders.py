"""The fields read from orders and carts.

One class covers the hub's own rendering (`totals`, `adjustments` by name and value) and Spree's raw
one (`item_total`, `adjustments` by label and amount).
"""

from typing import Annotated, Any

from mappers.reading.catalog import Product, SoldVariant
from mappers.reading.objects import (
    ESSENTIAL,
    ROWS,
    Amount,
    Currency,
    Essential,
    Flag,
    HubObject,
    Identifier,
    Moment,
    Number,
    Options,
    OptionValues,
    Quantity,
    Text,
    UnreadText,
)
from mappers.reading.people import Address, Customer


class Adjustment(HubObject):
    """A change of a price: `name` and `value` from the hub, `label` and `amount` from Spree."""

    name: UnreadText = None
    label: UnreadText = None
    value: Amount = None
    amount: Amount = None
    eligible: Flag = None
    included: Flag = None
    originator_type: UnreadText = None
    source_type: UnreadText = None


Adjustments = Annotated[Annotated[list[Adjustment], ROWS] | None, ESSENTIAL]


class LineItem(HubObject):
    """One line of a cart or an order."""

    id: Identifier = None
    variant_id: Identifier = None
    product_id: Identifier = None
    sku: Identifier = None
    name: Text = None
    slug: Text = None
    quantity: Quantity = None
    price: Amount = None
    options: Options = None
    option_values: OptionValues = None
    adjustments: Adjustments = None
    variant: SoldVariant | None = None
    product: Product | None = None
    created_at: Moment = None
    updated_at: Moment = None


LineItems = Annotated[Annotated[list[LineItem], ROWS] | None, ESSENTIAL]


class Totals(HubObject):
    """The hub's sums. Its `payment` is the amount paid, which no Jirafe event contains."""

    item: Amount = None
    adjustment: Amount = None
    discount: Amount = None
    tax: Amount = None
    shipping: Amount = None
    order: Amount = None


class Shipment(HubObject):
    """A parcel."""

    cost: Amount = None
    adjustments: Adjustments = None


class Order(HubObject):
    """A cart or an order, in the hub's rendering or in Spree's."""

    id: Number = None
    number: Number = None
    cart_id: Identifier = None
    email: Text = None
    currency: Currency = None
    status: Essential = None
    state: Essential = None
    user_id: Identifier = None
    customer: Customer | None = None
    customer_name: Text = None
    placed_on: Moment = None
    created_at: Moment = None
    updated_at: Moment = None
    completed_at: Moment = None
    canceled_at: Moment = None
    totals: Annotated[Totals | None, ESSENTIAL] = None
    item_total: Amount = None
    total: Amount = None
    tax_total: Amount = None
    included_tax_total: Amount = None
    ship_total: Amount = None
    adjustment_total: Amount = None
    promo_total: Amount = None
    adjustments: Adjustments = None
    shipments: Annotated[Annotated[list[Shipment], ROWS] | None, ESSENTIAL] = None
    line_items: LineItems = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    ship_address: Address | None = None
    bill_address: Address | None = None
    visit_id: Identifier = None
    visitor_id: Identifier = None
    pageview_id: Identifier = None
    last_pageview_id: Identifier = None


class Before(HubObject):
    """The fields read from a cart or order as it was before a change."""

    line_items: LineItems = None
    updated_at: Moment = None


class CartPayload(HubObject):
    """The payload of a cart message; `previous` and `diff` are read only when needed."""

    cart: Annotated[Order | None, ESSENTIAL] = None
    original: Order | None = None
    previous: Any = None
    diff: Any = None


class OrderPayload(HubObject):
    """The payload of an order message."""

    order: Annotated[Order | None, ESSENTIAL] = None
    original: Order | None = None
    previous: Any = None
    diff: Any = None
