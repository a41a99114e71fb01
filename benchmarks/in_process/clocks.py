"""Measure the CPU and wall time of functions in this process.

Repeats alternate between the functions, so that none benefits from a quieter machine.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

REPEATS = 9
SECONDS = 0.05
"""The least duration of a repeat, so that the clocks are precise enough."""

MOST = 20_000
TURNS = 40


@dataclass
class Cost:
    """Microseconds of CPU, and of wall time, that one call took in each repeat."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def without(self, *parts: "Cost") -> "Cost":
        """Return the cost minus that of its parts, for each repeat."""
        return Cost(
            [
                whole - sum(rest)
                for whole, *rest in zip(self.cpu, *(p.cpu for p in parts), strict=True)
            ],
            [
                whole - sum(rest)
                for whole, *rest in zip(self.wall, *(p.wall for p in parts), strict=True)
            ],
        )


def costs(works: Sequence[Callable[[], object]]) -> list[Cost]:
    """Return the cost of each function, called in a separate loop."""
    counts = [_enough(work) for work in works]
    found = [Cost() for _ in works]
    for _ in range(REPEATS):
        for work, count, cost in zip(works, counts, found, strict=True):
            cpu, wall = _once(work, count)
            cost.cpu.append(cpu)
            cost.wall.append(wall)
    return found


def costs_in_turn(works: Sequence[Callable[[], object]]) -> list[Cost]:
    """Return the cost of each function when all are called in turn, like the steps of a message.

    Each finds the processor's caches as the others left them, so it costs more than in a loop.
    """
    for work in works:
        work()
    found = [Cost() for _ in works]
    for _ in range(REPEATS):
        rounds = [[_once(work, 1) for work in works] for _ in range(TURNS)]
        for cost, times in zip(found, zip(*rounds, strict=True), strict=True):
            cost.cpu.append(sum(cpu for cpu, _ in times) / TURNS)
            cost.wall.append(sum(wall for _, wall in times) / TURNS)
    return found


def _enough(work: Callable[[], object]) -> int:
    """Return the number of calls per repeat; finding it out also warms everything up."""
    work()
    count = 1
    while count < MOST and _once(work, count)[1] * count < SECONDS * 1e6:
        count *= 2
    return count


def _once(work: Callable[[], object], count: int) -> tuple[float, float]:
    cpu, wall = time.thread_time(), time.perf_counter()
    for _ in range(count):
        work()
    cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
    return cpu / count * 1e6, wall / count * 1e6
