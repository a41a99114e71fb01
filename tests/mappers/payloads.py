"""Hub messages of a small tea shop, and what tests of the mappers ask of them."""

import json
from copy import deepcopy
from datetime import UTC, datetime

from hypothesis import strategies as st

from mappers import MappingError, read_message

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
SENT_NOW = "2026-05-04T03:02:01.000Z"
EARLY, LATE = "2014-03-01T10:00:00Z", "2014-03-02T10:00:00Z"
SENT_EARLY, SENT_LATE = "2014-03-01T10:00:00.000Z", "2014-03-02T10:00:00.000Z"
DATES = {"create_date": SENT_EARLY, "change_date": SENT_LATE}
STORE = {"store_url": "https://tea.example.com"}

CANISTER = {"name": "Canister", "sku": "CAN-1", "quantity": 2, "price": 12.5, "variant_id": 31}
SENCHA = {"name": "Sencha", "sku": "SEN-50", "quantity": 1, "price": "4.95", "variant_id": 32}
ADDRESS = {
    "firstname": "Mina",
    "lastname": "Okabe",
    "address1": "3 Harbour Lane",
    "address2": "Attic",
    "city": "Whitby",
    "zipcode": "YO22 4AA",
    "state": "North Yorkshire",
    "country": "GB",
    "phone": "0190 5550",
    "company": "Okabe & Co",
}
PURCHASE = {
    "number": "R77",
    "email": "mina@example.com",
    "currency": "GBP",
    "created_at": EARLY,
    "updated_at": LATE,
    "status": "complete",
    "line_items": [CANISTER],
}

NOT_TEXT = [{}, [], True]
NOT_AMOUNTS = [{}, [], "SECRET", True]
NOT_DATES = [{}, [], "SECRET", True, 5]
NOT_OBJECTS = ["SECRET", [5], 5]
NOT_LISTS = ["SECRET", {"SECRET": 1}, 5]
_WRONG = {
    "number": NOT_TEXT,
    "email": NOT_TEXT,
    "currency": NOT_TEXT,
    "user_id": NOT_TEXT,
    "visit_id": NOT_TEXT,
    "updated_at": NOT_DATES,
    "created_at": NOT_DATES,
    "adjustments": NOT_LISTS,
    "adjustments.0": ["SECRET", 5],
    "line_items": NOT_LISTS,
    "line_items.0": ["SECRET", 5],
    "line_items.0.id": NOT_TEXT,
    "line_items.0.sku": NOT_TEXT,
    "line_items.0.name": NOT_TEXT,
    "line_items.0.variant_id": NOT_TEXT,
    "line_items.0.product_id": NOT_TEXT,
    "line_items.0.quantity": [*NOT_AMOUNTS, 2.5, "2.5"],
    "line_items.0.price": NOT_AMOUNTS,
    "line_items.0.created_at": NOT_DATES,
    "line_items.0.variant": NOT_OBJECTS,
    "line_items.0.variant.sku": NOT_TEXT,
    "line_items.0.variant.images": NOT_LISTS,
    "line_items.0.variant.product": NOT_OBJECTS,
    "line_items.0.variant.product.created_at": NOT_DATES,
    "shipments": NOT_LISTS,
    "shipments.0.cost": NOT_AMOUNTS,
}
_WRONG_IN_ORDER = _WRONG | {
    "status": NOT_TEXT,
    "placed_on": NOT_DATES,
    "canceled_at": NOT_DATES,
    "customer": NOT_OBJECTS,
    "customer.id": NOT_TEXT,
    "totals": NOT_OBJECTS,
    "totals.tax": NOT_AMOUNTS,
    "totals.shipping": NOT_AMOUNTS,
    "adjustments.0.name": NOT_TEXT,
    "adjustments.0.value": NOT_AMOUNTS,
    "shipping_address": NOT_OBJECTS,
    "billing_address": NOT_OBJECTS,
    "shipping_address.city": NOT_TEXT,
}
_WRONG_IN_ORIGINAL = _WRONG | {
    "state": NOT_TEXT,
    "completed_at": NOT_DATES,
    "item_total": NOT_AMOUNTS,
    "total": NOT_AMOUNTS,
    "tax_total": NOT_AMOUNTS,
    "ship_total": NOT_AMOUNTS,
    "adjustments.0.amount": NOT_AMOUNTS,
}
WRONG = {f"order.{path}": values for path, values in _WRONG_IN_ORDER.items()}
WRONG |= {f"original.{path}": values for path, values in _WRONG_IN_ORIGINAL.items()}
"""Every known field by its path, with values of types that it cannot have."""


def without(thing, *keys):
    """A copy of an object that lacks some keys."""
    return {key: deepcopy(value) for key, value in thing.items() if key not in keys}


def nested(path, value):
    """The object that contains the value at a dotted path; digits are positions in a list."""
    for step in reversed(path.split(".")):
        value = [value] if step.isdigit() else {step: value}
    return value


def events(message, payload, parameters=(), now=NOW):
    """What a message maps to, as pairs of kind and body."""
    mapped = read_message(message, payload, dict(parameters), now).events({})
    return [(event.kind, event.body) for event in mapped.events]


def bodies(kind, message, payload, parameters=(), now=NOW):
    """The bodies of one kind of event."""
    mapped = events(message, payload, parameters, now)
    return [body for its_kind, body in mapped if its_kind == kind]


def cart(changes=(), parameters=(), now=NOW, **beside):
    """The cart event of a cart of the shop."""
    payload = {"cart": {**PURCHASE, **dict(changes)}, **beside}
    (body,) = bodies("cart", "cart:updated", payload, parameters, now)
    return body


def accepted(changes=(), parameters=(), now=NOW, **beside):
    """The order-accepted event of an updated order of the shop."""
    payload = {"order": {**PURCHASE, **dict(changes)}, **beside}
    return bodies("order", "order:updated", payload, parameters, now)[0]


def item(line, parameters=(), **beside):
    """The item that a cart's only line becomes."""
    (mapped,) = cart({"line_items": [line]}, parameters, **beside)["items"]
    return mapped


def product(line, parameters=()):
    """The product of the item that a line becomes."""
    return item(line, parameters)["product"]


def category(taxon, taxonomy="7", now=NOW):
    """The category events that a taxon of the shop becomes."""
    parameters = {"product_category_taxonomy": taxonomy}
    return bodies("category", "taxon:updated", {"taxon": taxon}, parameters, now)


def picked(thing, *keys):
    """Some keys of an object, as far as it has them."""
    return {key: thing[key] for key in keys if key in thing}


def problems(message, payload, parameters=()):
    """The errors of a message that cannot be mapped; None when it maps."""
    try:
        read_message(message, payload, dict(parameters), NOW).events({})
    except MappingError as error:
        return error.errors
    return None


def left_out(message, payload, parameters=()):
    """The reasons for which fields of a message were left out, by field."""
    mapped = read_message(message, payload, dict(parameters), NOW).events({})
    warnings = [one for one in mapped.warnings if one.code == "left_out"]
    return {one.path: one.details["reason"] for one in warnings}


def sent(thing):
    """The JSON of a mapped thing, as the API will read it."""
    return json.dumps(thing, allow_nan=False)


def _objects(required=None, /, **optional):
    return st.fixed_dictionaries(required or {}, optional=optional | {"extra": _ANYTHING})


def _few(rows):
    return st.lists(rows, max_size=3)


_ANYTHING = st.sampled_from([None, [], {}, {"$oid": "6"}, "x"])
_FORMS = ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%f-04:00", "%Y-%m-%dT%H =>%M =>%SZ"]
_FORMS += ["%m/%d/%Y %H:%M:%S UTC", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f+05:30"]
_MOMENTS = st.integers(0, 17 * 10**8).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
_DATE = st.builds(datetime.strftime, _MOMENTS, st.sampled_from(_FORMS)) | st.sampled_from(
    [None, ""]
)
_ID = st.sampled_from([None, "", 0, 1, 2, "1", "2", "c-9", 10**15, " x "])
_WORD = st.sampled_from([None, "", "  ", "Tea", "Thé", "茶", "a" * 300])
_STATE = st.sampled_from(["cart", "complete", "canceled", "resumed", "returned", None, "odd"])
_CENTS = st.integers(-(10**5), 10**7).map(lambda amount: amount / 100)
_AMOUNT = st.one_of(st.none(), _CENTS, _CENTS.map("{:,.2f}".format), _CENTS.map(" {:.1f} ".format))
_TAXON = _objects(id=_ID, name=_WORD, taxonomy_id=_ID, parent_id=_ID)
_TRAIL = _few(st.sampled_from(["Categories", "Green Tea", "Été", ""]))
_PRODUCT = _objects(
    id=_ID,
    sku=_ID,
    name=_WORD,
    taxons=_few(_TAXON) | _few(_TRAIL) | st.none(),
    created_at=_DATE,
    available_on=_DATE,
    updated_at=_DATE,
)
_VARIANT = _objects(
    id=_ID,
    sku=_ID,
    name=_WORD,
    product_id=_ID,
    is_master=st.sampled_from([True, False, None]),
    product=st.none() | _PRODUCT,
    product_created_at=_DATE,
    images=_few(_objects(attachment_url=_WORD, url=st.sampled_from(["/a.png", "//b/c", "x:y"]))),
    option_values=_few(_objects(option_type_name=_WORD, presentation=_WORD, name=_WORD)),
    permalink=_WORD,
)
_ADJUSTMENTS = st.none() | _few(
    _objects(
        name=_WORD | st.sampled_from(["Tax", "Shipping", "Sale"]),
        value=_AMOUNT,
        amount=_AMOUNT,
        eligible=st.sampled_from([True, False, None]),
    )
)
_LINE = _objects(
    {"id": st.integers(1, 5), "quantity": st.integers(-3, 9), "price": _CENTS | _CENTS.map(str)},
    variant_id=_ID,
    sku=_ID,
    product_id=_ID,
    name=_WORD,
    variant=st.none() | _VARIANT,
    adjustments=_ADJUSTMENTS,
    options=st.sampled_from([{}, None, {"size": "M", "colour": None}]),
    created_at=_DATE,
    updated_at=_DATE,
)
_PLACE = _WORD | st.sampled_from([{"name": "Ohio", "abbr": "OH"}, {"iso": "US"}, {"name": None}])
_ADDRESS = st.none() | _objects(
    id=_ID, firstname=_WORD, last_name=_WORD, phone=_WORD, city=_WORD, state=_PLACE, country=_PLACE
)
_TOTALS = _objects(item=_AMOUNT, tax=_AMOUNT, shipping=_AMOUNT, payment=_AMOUNT, order=_AMOUNT)
_HAS_NUMBER = {"number": st.sampled_from(["R1", 7]), "line_items": _few(_LINE)}
_SHARED = {
    "id": _ID,
    "email": _WORD | st.just("Ann@Example.com"),
    "currency": _WORD,
    "user_id": _ID,
    "created_at": _DATE,
    "updated_at": _DATE,
    "adjustments": _ADJUSTMENTS,
    "line_items": st.none() | _few(_LINE),
    "shipments": _few(_objects(cost=_AMOUNT)),
    "visit_id": _ID,
    "pageview_id": _ID,
}
_HUB = _objects(
    _HAS_NUMBER,
    **{key: value for key, value in _SHARED.items() if key != "line_items"},
    status=_STATE,
    placed_on=_DATE,
    canceled_at=_DATE,
    customer=st.none() | _objects(id=_ID),
    totals=st.none() | _TOTALS,
    shipping_address=_ADDRESS,
    billing_address=_ADDRESS,
)
_ORIGINAL = _objects(
    **_SHARED,
    state=_STATE,
    completed_at=_DATE,
    item_total=_AMOUNT,
    total=_AMOUNT,
    tax_total=_AMOUNT,
    ship_total=_AMOUNT,
)


def purchases(name):
    """Payloads of carts or orders: untidy in every way that hubs are, but with a number."""
    diff = st.sampled_from([None, [], "changed", {"line_items": [[], []]}])
    previous = st.none() | _objects(**_SHARED)
    beside = {"original": st.none() | _ORIGINAL, "previous": previous, "diff": diff}
    return st.fixed_dictionaries({name: _HUB}, optional=beside)


_WHOLE_PRODUCT = st.fixed_dictionaries(
    {"sku": st.sampled_from(["SEN", "CAN-1"])},
    optional={
        "id": _ID,
        "name": _WORD,
        "has_variants": st.sampled_from([True, False, None]),
        "master": st.none() | _VARIANT,
        "variants": st.none()
        | st.lists(st.builds(dict, _VARIANT, id=st.integers(1, 3)), max_size=4),
        "taxons": _few(_TAXON) | _few(_TRAIL),
        "images": _few(_objects(url=st.sampled_from(["/a.png", "//b/c", "x:y"]))),
        "slug": _WORD,
        "created_at": _DATE,
        "available_on": _DATE,
        "updated_at": _DATE,
        "options": st.sampled_from([["size"], {}, None]),
        "price": st.sampled_from(["odd", None, 5]),
    },
)
products = _WHOLE_PRODUCT | st.fixed_dictionaries({"product": _WHOLE_PRODUCT})
_PERSON = st.fixed_dictionaries(
    {"id": st.sampled_from(["c-9", 8])},
    optional={
        "email": _WORD | st.just("Ann@Example.com"),
        "firstname": _WORD,
        "last_name": _WORD,
        "name": _WORD,
        "phone": _WORD,
        "created_at": _DATE,
        "updated_at": _DATE,
        "billing_address": _ADDRESS,
        "ship_address": _ADDRESS,
    },
)
people = _PERSON | st.dictionaries(
    st.sampled_from(["customer", "user"]), _PERSON, min_size=1, max_size=1
)
taxons = st.fixed_dictionaries(
    {"taxon": _objects({"id": st.integers(1, 9), "name": st.just("Tea")}, taxonomy_id=_ID)}
)
