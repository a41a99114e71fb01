import pytest
from hypothesis import given
from hypothesis import strategies as st

from spree.ids import prefixed_id, record_id


@pytest.mark.parametrize(
    ("written", "identifier"),
    [
        ("or_UkLWZg9DAJ", "1"),  # as Spree's own documentation writes it
        (1, "1"),
        ("1", "1"),
        ("cus_JgaEBgznCp", "42"),
        ("0b1c2d3e-4f50-4a61-8b72-9c83ad94e206", "0b1c2d3e-4f50-4a61-8b72-9c83ad94e206"),
        ("or_short", "or_short"),
        ("", None),
        (None, None),
        (True, None),
        ({"id": 1}, None),
    ],
)
def test_an_id_is_the_same_however_a_version_writes_it(written: object, identifier: object) -> None:
    assert record_id(written) == identifier


@given(st.integers(min_value=0, max_value=2**53))
def test_every_integer_survives_being_prefixed(number: int) -> None:
    assert record_id(prefixed_id("variant", str(number))) == str(number)


def test_an_id_that_is_not_an_integer_is_not_prefixed() -> None:
    assert prefixed_id("or", "or_UkLWZg9DAJ") == "or_UkLWZg9DAJ"
