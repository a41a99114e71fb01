"""Which items of an array are equal, by JSON Schema, and what that costs."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema._utils import equal

from jirafe_api.contract.uniqueness import are_unique, canonical

HASHED_ALIKE = [{"x": place * sys.hash_info.modulus} for place in range(1, 1001)]


@pytest.mark.parametrize(
    "items",
    [
        [1, 1.0],
        [0, -0.0],
        [10**22, 1e22],
        [2**64, float(2**64)],
        [[True], [True]],
        [{"a": 1, "b": [2]}, {"b": [2.0], "a": 1}],
        ["\ud800", "\ud800"],
        [10**400, 10**400],
    ],
)
def test_equal_items_are_not_unique(items):
    assert not are_unique(items)


@pytest.mark.parametrize(
    "items",
    [
        [1, True, "1", [1], {"1": 1}, None, 0, False, "", [], {}, "null", "true"],
        [2**53 + 1, float(2**53)],
        [10**30, 1e30],
        [10**400, 10**400 + 1, 1e308],
        [[1, 2], [2, 1], [[1], 2]],
        ["\ud800", "\udfff", "\\ud800"],
    ],
)
def test_items_that_differ_are_unique(items):
    assert are_unique(items)


NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=2),
    lambda some: st.lists(some, max_size=2) | st.dictionaries(st.text(max_size=1), some),
    max_leaves=5,
)


@given(JSON, JSON)
def test_items_are_unique_where_jsonschema_finds_them_unequal(one, other):
    assert are_unique([one, other]) == (not equal(one, other))


def test_numbers_with_equal_hashes_have_texts_with_different_hashes():
    assert {hash(item["x"]) for item in HASHED_ALIKE} == {0}
    assert len({hash(canonical(item)) for item in HASHED_ALIKE}) == len(HASHED_ALIKE)
    assert are_unique(HASHED_ALIKE)
    assert not are_unique([*HASHED_ALIKE, HASHED_ALIKE[500]])


def test_the_text_of_a_number_has_no_more_digits_than_were_sent():
    assert canonical([1e308, 1, 10**400]) == f"[1e+308,1.0,{10**400}]"
