"""No message can do harm: texts of any length and lists of any size cost little."""

import json
import time
from contextlib import suppress
from copy import deepcopy
from pathlib import Path

import pytest

from mappers import MappingError, read_message
from tests.mappers.payloads import NOW, PURCHASE

FIXTURES = Path(__file__).parents[2] / "fixtures"
PARAMETERS = {"product_category_taxonomy": "1", "store_url": "https://tea.example.com"}
TEXTS = {
    "spaces before a zone": lambda n: "2026" + " " * n + "x",
    "arrows": lambda n: " =>" * n,
    "digits": lambda n: "9" * n,
    "thousands": lambda n: "1" + ",000" * n,
    "words": lambda n: "tax " * n,
    "signs": lambda n: "#/" * n,
}
SIZE = 30_000
NOTICEABLE = 0.1
"""Seconds. What takes less for four times SIZE does not grow quadratically to a harmful time."""


def leaves(thing, path=()):
    """The paths of all values of a message."""
    for key, value in thing.items() if isinstance(thing, dict) else enumerate(thing):
        if isinstance(value, dict | list) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def messages():
    for name in ("order_new", "cart_updated", "product_new_variants", "user_updated", "taxon_new"):
        answer = json.loads((FIXTURES / f"{name}.json").read_text())
        payload = {key: value for key, value in answer["payload"].items() if key != "parameters"}
        yield answer["message"], payload


CASES = [(kind, payload, path) for kind, payload in messages() for path in leaves(payload)]


def seconds(kind, payload, path, text):
    """The CPU time that a message takes with a text in one of its fields."""
    payload = deepcopy(payload)
    place = payload
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = text
    start = time.process_time()
    with suppress(MappingError):
        read_message(kind, payload, PARAMETERS, NOW).events({})
    return time.process_time() - start


@pytest.mark.parametrize("text", TEXTS)
def test_reading_any_field_takes_linear_time(text):
    slow = []
    for kind, payload, path in CASES:
        if seconds(kind, payload, path, TEXTS[text](4 * SIZE)) > NOTICEABLE:
            once, more = (
                min(seconds(kind, payload, path, TEXTS[text](size)) for _ in range(3))
                for size in (SIZE, 4 * SIZE)
            )
            if more > max(8 * once, NOTICEABLE):
                slow.append((kind, path, once, more))
    assert slow == []


def order(lines, **more):
    return "order:updated", {"order": {**PURCHASE, "line_items": lines, **more}}


LINE = {"quantity": 1, "price": 1}


def test_time_grows_linearly_with_the_number_of_items():
    def measured(count):
        kind, payload = order([{**LINE, "id": one, "sku": f"S{one % 7}"} for one in range(count)])
        start = time.process_time()
        read_message(kind, payload, PARAMETERS, NOW).events({})
        return time.process_time() - start

    small, large = (min(measured(count) for _ in range(3)) for count in (500, 2000))
    assert large < 8 * small


@pytest.mark.parametrize("lines", [[LINE] * 2001, [1] * 300_000, [{}] * 300_000])
def test_too_many_line_items_are_refused_by_field(lines):
    with pytest.raises(MappingError) as caught:
        read_message(*order(lines), PARAMETERS, NOW)

    assert caught.value.errors == {"order.line_items": ["Longer than 2000."]}


@pytest.mark.parametrize("rows", [[1] * 2000, [{"quantity": "x", "price": []}] * 1500])
def test_at_most_a_hundred_problems_are_reported(rows):
    with pytest.raises(MappingError) as caught:
        read_message(*order(rows), PARAMETERS, NOW)

    assert len(caught.value.errors) == 100


def test_at_most_a_hundred_warnings_are_reported():
    lines = [{**LINE, "sku": f"S{one}", "options": "x"} for one in range(500)]
    mapped = read_message(*order(lines), PARAMETERS, NOW).events({})

    assert len(mapped.warnings) == 100
