"""Single values of events, as the fact tables have them."""

import tracemalloc
from contextlib import suppress

import pytest

from analytics.facts import values
from jirafe_api import times

MEGABYTE = 1_000_000
DATE = "2026-03-02T14:06:02."


@pytest.mark.parametrize(
    "read",
    [
        lambda number: values.label(f"{number} {'x' * MEGABYTE}"),
        lambda number: values.identity(f"{number}-{'x' * MEGABYTE}"),
        lambda number: values.parsed(f"{number}{'x' * MEGABYTE}"),
        lambda number: values.parsed(f"{DATE}{'0' * MEGABYTE}{number}"),
        lambda number: times.moment(f"{DATE}{'0' * MEGABYTE}{number}"),
    ],
    ids=["label", "id", "no date", "date", "date of an event"],
)
def test_long_texts_do_not_stay_in_memory(read):
    tracemalloc.start()
    for number in range(20):
        with suppress(ValueError):
            read(number)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < MEGABYTE


def test_a_long_text_is_cut_for_display_and_a_long_id_remains_different_from_others():
    assert values.label("  Tea   pot " + "x" * MEGABYTE) == "Tea pot " + "x" * 91 + "…"
    assert values.label("x" * 100) == "x" * 100
    assert values.identity("x" * MEGABYTE) != values.identity("x" * MEGABYTE + "y")
