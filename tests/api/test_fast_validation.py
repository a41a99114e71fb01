"""The quick validator spares jsonschema the valid events, and never has the last word."""

import cProfile
import json
from copy import deepcopy
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jirafe_api.contract import fast_validation, validation
from tests.api.events import ACCEPTED, DATES, ORDER_ITEM, PRODUCT, VALID
from tests.api.mutations import VALUES, mutated
from tests.api.v1_events import LINE

DEEP = json.loads("[" * 90 + "]" * 90)
ODD = st.sampled_from(
    [
        "\ud800",
        "\0",
        float("nan"),
        float("inf"),
        2**63,
        2**64,
        float(2**64),
        2**53 + 1,
        float(2**53),
        10**400,
        -(10**400),
        10**30,
        1e30,
        1e300,
        5e-324,
        -0.0,
        1.0,
        True,
        {"\udfff": 1},
        {"$ref": "amount.json"},
        DEEP,
    ]
).map(deepcopy)


def words_alone(kind, event):
    """What jsonschema says when nobody spares it anything."""
    with patch.object(fast_validation, "_says_yes", return_value=False):
        return validation.check(kind, event)


@settings(max_examples=500, deadline=None)
@given(mutated(VALUES | ODD))
def test_mutated_events_are_judged_as_by_jsonschema_alone(example):
    kind, event = example
    assert validation.check(kind, event) == words_alone(kind, event)


@settings(max_examples=500, deadline=None)
@given(st.lists(ODD | st.lists(ODD, max_size=3) | st.fixed_dictionaries({"x": ODD}), max_size=4))
def test_members_that_jsonschema_calls_equal_are_never_called_unique(members):
    named = [{"id": "1", "name": "a", "x": member} for member in members]
    event = PRODUCT | {"categories": named}
    assert validation.check("product", event) == words_alone("product", event)


@pytest.mark.parametrize(("kind", "event"), VALID)
def test_jsonschema_is_spared_every_full_event(kind, event):
    with patch.object(validation, "_in_words", side_effect=AssertionError("was asked")):
        assert validation.check(kind, event) == {}
        assert validation.check("batch", {kind: [event]}) == {}


def test_jsonschema_is_spared_an_order_of_many_items():
    order = ACCEPTED | {"items": [deepcopy(ORDER_ITEM) for _ in range(500)]}
    with patch.object(validation, "_in_words", side_effect=AssertionError("was asked")):
        assert validation.check("order", order) == {}


def calls(function, *arguments):
    """How many functions were called until it returned."""
    profile = cProfile.Profile()
    profile.runcall(function, *arguments)
    return sum(entry.callcount for entry in profile.getstats())


MANY = 2000
PLAIN = {name: PRODUCT[name] for name in ("id", "is_product", "is_sku", "code", *DATES)}
PLAIN_ITEM = ORDER_ITEM | {"product": PLAIN}
ODD_ITEM = ORDER_ITEM | {"product": PLAIN | {"\ud800": 1}}


@pytest.mark.parametrize(
    ("kind", "event", "path"),
    [
        (
            "order",
            ACCEPTED | {"items": [PLAIN_ITEM] * MANY + [PLAIN_ITEM | {"price": -1}]},
            f"items.{MANY}.price",
        ),
        (
            "order",
            ACCEPTED | {"items": [ODD_ITEM] * MANY + [ODD_ITEM | {"status": "\udfff"}]},
            f"items.{MANY}.status",
        ),
        ("product", PRODUCT | {"images": [{"url": ""}] * MANY + [{}]}, f"images.{MANY}"),
        ("product", PRODUCT | {"ancestors": [""] * MANY, "code": 1}, "code"),
        ("batch", {str(place): [] for place in range(MANY)} | {"cart": {}}, "cart"),
        (
            "v1/wrapper",
            {"org": 1, "site": 1, "data": [{}], "visit": {"attribution": [{"a": ""}] * MANY}},
            "visit",
        ),
        ("v1/cart-change", {"line_items": [LINE] * MANY + [5]}, f"line_items.{MANY}"),
    ],
)
def test_what_is_valid_is_passed_over_when_the_words_for_the_rest_are_sought(kind, event, path):
    assert path in validation.check(kind, event)
    assert calls(validation.check, kind, event) < MANY * 10


def test_every_schema_says_by_which_draft_it_is_meant():
    drafts = {schema["$schema"] for schema in validation.SCHEMAS.values()}
    assert drafts == {"http://json-schema.org/draft-04/schema#"}
