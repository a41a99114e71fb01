import json
import re
from copy import deepcopy
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jirafe_api.contract.validation import check
from mappers import MappingError, read_message
from mappers.reading import catalog, orders, refusals
from mappers.reading import people as hub_people
from tests.mappers.payloads import (
    CANISTER,
    EARLY,
    NOW,
    PURCHASE,
    WRONG,
    nested,
    people,
    products,
    purchases,
    taxons,
    without,
)

LATER = NOW + timedelta(days=400, seconds=7)
PARAMETERS = {
    "product_category_taxonomy": "1",
    "brand_category_taxonomy": "2",
    "store_url": "https://tea.example.com",
}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ORDERS = ["order:new", "order:updated", "order:cancel"]
messages = st.one_of(
    st.tuples(st.sampled_from(ORDERS), purchases("order")),
    st.tuples(st.sampled_from(["cart:new", "cart:updated"]), purchases("cart")),
    st.tuples(st.sampled_from(["taxon:new", "taxon:updated"]), taxons),
    st.tuples(st.sampled_from(["product:new", "product:persist"]), products),
    st.tuples(st.sampled_from(["customer:new", "user:updated"]), people),
)


def mapped(message, payload, now=NOW, parameters=PARAMETERS):
    """The JSON of a message's events, every one of which is valid and tidy."""
    events = read_message(message, payload, parameters, now).events({}).events
    wrong = [problem for event in events for problem in check(event.kind, event.body).items()]
    assert wrong + [problem for event in events for problem in untidy(event.body)] == []
    return json.dumps([(event.kind, event.body) for event in events], allow_nan=False)


def refusal(message, payload):
    """The words in which a message is refused, none where its events are valid and tidy."""
    try:
        mapped(message, payload)
    except MappingError as error:
        return f"{error} {error.errors}"
    return ""


def untidy(thing):
    """Nulls, "None" for a value, dates of another form and creations after the change."""
    pairs = thing.items() if isinstance(thing, dict) else enumerate(thing)
    for key, value in pairs:
        if value is None or value == "None":
            yield key, value
        if str(key).endswith("_date") and not DATE.fullmatch(value):
            yield key, value
        if key == "create_date" and value > thing["change_date"]:
            yield key, value
        if isinstance(value, dict | list):
            yield from untidy(value)


@settings(deadline=None, max_examples=80)
@given(messages)
def test_untidy_messages_are_mapped_to_valid_events(message):
    mapped(*message)


MARK = "SECRET"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just(MARK),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "name", "0", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
odd_values = st.one_of(
    json_values,
    st.text(st.characters(), max_size=3),
    st.sampled_from(
        ["$5", "1.299,00", "1e400", "-0", "٣", "NaN", 1e300, -1e300, 2**53 + 1, 10**400, 1e-300]
    ),
    st.sampled_from(
        ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-04:00", "2014"]
    ),
    st.sampled_from(["http://[", "//", "\x00", "javascript:x", "\ud800"]),
)


def places(thing):
    """Each container of a message with each of its keys."""
    for key, value in thing.items() if isinstance(thing, dict) else enumerate(thing):
        yield thing, key
        if isinstance(value, dict | list):
            yield from places(value)


@st.composite
def wild(draw):
    """Draw messages with anything but the outline missing or replaced."""
    message, payload = draw(messages)
    payload = deepcopy(payload)
    for _ in range(draw(st.integers(1, 3))):
        container, key = draw(st.sampled_from(list(places(payload))))
        if isinstance(container, dict) and draw(st.integers(0, 3)) == 0:
            container.pop(key, None)
        else:
            container[key] = draw(odd_values)
        if not payload:
            break
    return message, payload


@settings(deadline=None, max_examples=80)
@given(wild())
def test_any_message_is_refused_by_field_or_mapped_to_valid_events(message):
    roots = "order|cart|taxon|product|customer|user|original|previous|diff"
    assert re.fullmatch(rf"(({roots})\b.+: .+)?", refusal(*message))


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(sorted(WRONG)), json_values, st.sampled_from(ORDERS))
def test_no_value_of_any_field_breaks_a_mapper_or_is_quoted(path, value, message):
    hub, field = path.split(".", 1)
    payload = {"order": PURCHASE, "original": {}}
    payload[hub] = {**payload[hub], **nested(field, value)}
    assert MARK not in refusal(message, payload)


@settings(deadline=None, max_examples=60)
@given(messages, st.sampled_from(["created_at", "updated_at"]))
def test_a_dated_message_maps_to_the_same_bytes_at_any_time(message, key):
    name, payload = message
    key = "updated_at" if name.startswith("product") else key  # the rest is no date of a change
    hub = payload.keys() & {"order", "cart", "taxon", "product", "customer", "user"}
    dated = {one: {**payload[one], key: EARLY} for one in hub} or {key: EARLY}
    payload = {**payload, **dated}
    assert mapped(name, payload) == mapped(name, deepcopy(payload), LATER)


@pytest.mark.parametrize(
    "path",
    [
        *(f"order.{date}" for date in ("created_at", "updated_at", "placed_on", "canceled_at")),
        *(f"original.{date}" for date in ("created_at", "updated_at", "completed_at")),
        *(f"{hub}.line_items.0.created_at" for hub in ("order", "original")),
        *(f"{hub}.line_items.0.updated_at" for hub in ("order", "original")),
    ],
)
def test_the_clock_is_not_used_for_a_message_with_a_date(path):
    hub, field = path.split(".", 1)
    payload = {"order": without(PURCHASE, "created_at", "updated_at"), "original": {}}
    dated = nested(field, EARLY)
    if "line_items" in dated:
        dated = {"line_items": [CANISTER | dated["line_items"][0]]}
    payload[hub] = {**payload[hub], **dated}
    now, later = ([mapped(one, payload, at) for one in ORDERS] for at in (NOW, LATER))
    assert now == later


def test_the_odd_dates_and_blank_rows_of_the_hubs_samples_are_mapped():
    payload = {
        "order": {
            **PURCHASE,
            "placed_on": "2013-07-30T19 =>19 =>05Z",
            "updated_at": "2013-07-30T20 =>08 =>39Z",
            "shipping_address": {},
            "line_items": [CANISTER],
        },
        "original": {
            "line_items": [{}],
            "adjustments": [{}],
            "shipments": [{}],
            "ship_address": {},
        },
    }
    mapped = read_message("order:new", payload, {}, NOW).events({})
    accepted = next(event.body for event in mapped.events if event.name == "order-accepted")

    assert accepted["change_date"] == "2013-07-30T20:08:39.000Z"
    assert [item["product"]["id"] for item in accepted["items"]] == ["CAN-1"]
    assert mapped.warnings == []


PAYLOADS = {
    "order": orders.OrderPayload,
    "cart": orders.CartPayload,
    "taxon": catalog.TaxonPayload,
    "product": catalog.ProductPayload,
    "customer": hub_people.CustomerPayload,
    "user": hub_people.CustomerPayload,
}


@settings(deadline=None, max_examples=100)
@given(wild())
def test_msgspec_and_marshmallow_agree_on_readable_messages(message):
    name, payload = message
    of = PAYLOADS[name.partition(":")[0]]
    tidy = refusals.tidied(payload, of)
    found = list(refusals.problems(of, tidy))
    try:
        read = msgspec.convert(tidy, of)
    except (msgspec.ValidationError, UnicodeEncodeError):
        read = None
    assert (found == []) is (read is not None)


@settings(deadline=None, max_examples=80)
@given(messages)
def test_tidying_a_readable_message_changes_nothing(message):
    name, payload = message
    of = PAYLOADS[name.partition(":")[0]]
    try:
        at_once = msgspec.convert(payload, of)
    except msgspec.ValidationError:
        return
    assert msgspec.convert(refusals.tidied(payload, of), of) == at_once
