"""What is read of a hub message's payload: a cart, an order, a taxon, a product, a customer.

One schema serves the hub's own rendering of an order (`totals`, `adjustments` by name and value)
and Spree's raw one (`item_total`, `adjustments` by label and amount): each has its keys, and
unknown ones are ignored.
"""

from typing import Any

from marshmallow import ValidationError

from mappers.catalog import Product, Taxon, Variant, WholeProduct
from mappers.errors import MappingError
from mappers.fields import (
    Amount,
    AsSent,
    Flag,
    Identifier,
    Options,
    Quantity,
    Text,
    Timestamp,
)
from mappers.nested import HubSchema, One, Rows
from mappers.people import Address, Customer, Person


class Adjustment(HubSchema):
    """What changes a price: `name` and `value` by the hub, `label` and `amount` by Spree."""

    name = Text()
    label = Text()
    value = Amount()
    amount = Amount()
    eligible = Flag()
    originator_type = Text()
    source_type = Text()


class LineItem(HubSchema):
    """One line of a cart or an order."""

    id = Identifier()
    variant_id = Identifier()
    product_id = Identifier()
    sku = Identifier()
    name = Text()
    quantity = Quantity()
    price = Amount()
    options = Options()
    adjustments = Rows(Adjustment())
    variant = One(Variant())
    product = One(Product())
    created_at = Timestamp()
    updated_at = Timestamp()


class Totals(HubSchema):
    """The hub's sums. Its `payment` is what was paid, which no Jirafe event holds."""

    item = Amount()
    tax = Amount()
    shipping = Amount()
    order = Amount()


class Shipment(HubSchema):
    """A parcel; only its cost is read."""

    cost = Amount()


class Order(HubSchema):
    """A cart or an order, in the hub's rendering or in Spree's."""

    id = Identifier()
    number = Identifier()
    email = Text()
    currency = Text()
    status = Text()
    state = Text()
    user_id = Identifier()
    customer = One(Customer())
    placed_on = Timestamp()
    created_at = Timestamp()
    updated_at = Timestamp()
    completed_at = Timestamp()
    canceled_at = Timestamp()
    totals = One(Totals())
    item_total = Amount()
    total = Amount()
    tax_total = Amount()
    ship_total = Amount()
    adjustments = Rows(Adjustment())
    shipments = Rows(Shipment())
    line_items = Rows(LineItem(), numbered=True)
    shipping_address = One(Address())
    billing_address = One(Address())
    ship_address = One(Address())
    bill_address = One(Address())
    visit_id = Identifier()
    visitor_id = Identifier()
    pageview_id = Identifier()
    last_pageview_id = Identifier()


class PurchasePayload(HubSchema):
    """What the payloads of carts and orders share."""

    original = One(Order())
    previous = AsSent()
    diff = AsSent()


class CartPayload(PurchasePayload):
    """The payload of a cart message."""

    cart = One(Order())


class OrderPayload(PurchasePayload):
    """The payload of an order message."""

    order = One(Order())


class TaxonPayload(HubSchema):
    """The payload of a taxon message."""

    taxon = One(Taxon())


class ProductPayload(HubSchema):
    """The payload of a product message."""

    product = One(WholeProduct())


class CustomerPayload(HubSchema):
    """The payload of a customer message; older hubs call a customer a user."""

    customer = One(Person())
    user = One(Person())


_BEFORE = Order(only=["line_items", "status", "updated_at"])
_OLD_LINES = Order(only=["line_items"])


def load(schema: HubSchema, payload: Any) -> dict[str, Any]:
    """Return what the schema reads of the payload, every key of it set.

    Raises MappingError with each problem by its path in the payload.
    """
    try:
        return schema.load(payload)
    except ValidationError as error:
        raise MappingError(_by_path(error.messages)) from error


def before(previous: Any) -> dict[str, Any] | None:
    """Return what is read of a cart or an order as it was before an update.

    None where it is not told, or in another form: what was before is not worth losing what is now.
    """
    try:
        return _BEFORE.load(previous)
    except ValidationError:
        return None


def old_lines(diff: Any) -> list[dict[str, Any]]:
    """Return the line items before an update, as a diff, `{key of original: [old, new]}`, tells.

    Returns [] for a diff of another form, and raises MappingError for lines of another form.
    """
    lines = diff.get("line_items") if isinstance(diff, dict) else None
    if not lines or not isinstance(lines, list):
        return []
    loaded: list[dict[str, Any]] = load(_OLD_LINES, {"line_items": lines[0]})["line_items"]
    return loaded


def _by_path(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Flatten marshmallow's nested messages: `{"order.totals.tax": ["Not a valid amount."]}`."""
    if isinstance(messages, list):
        return {path: messages}
    flat: dict[str, list[str]] = {}
    for key, inner in messages.items():
        step = path if key == "_schema" else f"{path}.{key}".lstrip(".")
        for full, texts in _by_path(inner, step).items():
            flat.setdefault(full, []).extend(texts)
    return flat
