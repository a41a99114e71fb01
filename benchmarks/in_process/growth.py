"""(c) How the cost of a message grows with its items, and with what is remembered."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.in_process import clocks
from benchmarks.in_process.clocks import Cost
from benchmarks.in_process.state import remembering
from benchmarks.in_process.steps import encode, mapped, parsed
from benchmarks.messages import ORDER
from jirafe_endpoint.jirafe.encoding import resource_and_body

ITEMS = (1, 10, 100, 1_000)
REMEMBERED = (10, 1_000, 1_000_000)
FEWER = (10, 100_000)


@dataclass(frozen=True)
class Growth:
    """What one message of a size costs."""

    name: str
    size: int
    cost: Cost
    divides: bool


def measure(items: Sequence[int] = ITEMS, remembered: Sequence[int] = REMEMBERED) -> list[Growth]:
    """Return what messages of each size cost."""
    return [*_by_items(items), *_by_remembered(remembered)]


def _by_items(counts: Sequence[int]) -> Iterator[Growth]:
    found = clocks.costs([partial(_prepare, ORDER.with_items(count)) for count in counts])
    for count, cost in zip(counts, found, strict=True):
        yield Growth("parse, map, encode; by items", count, cost, divides=True)


def _by_remembered(counts: Sequence[int]) -> Iterator[Growth]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        found = clocks.costs(
            [stack.enter_context(remembering(Path(folder), count))(ORDER) for count in counts]
        )
    for count, cost in zip(counts, found, strict=True):
        yield Growth("store; by orders remembered", count, cost, divides=False)


def _prepare(body: bytes) -> bytes:
    """Do everything for a message that depends on its items, except sending it."""
    return resource_and_body(encode(mapped(parsed(body))))[1]
