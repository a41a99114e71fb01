"""(a) The service against the pass-through, cell by cell."""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.messages import KINDS, Kind
from benchmarks.servers import databases, processes
from benchmarks.servers.processes import Server
from benchmarks.under_load import load
from benchmarks.under_load.load import Arrived, Look, Run, Serials

WARMING = 1
"""Seconds of load before the measurement, in which threads and connections are created."""

WARMING_CALLERS = 32


@dataclass(frozen=True)
class Plan:
    """The plan of a measurement: the rounds, each a fresh start, and the `seconds` of a run."""

    types: Sequence[str]
    delays: Sequence[int]
    callers: Sequence[int]
    rounds: int
    seconds: int


MANY = 256
"""The additional number of callers for the slow upstream and the hosted API."""

MANY_TIMES = 3
"""How many times as long their run is: at first, many only connect and wait."""

FULL = Plan(("order:new", "cart:new"), (0, 20), (1, 16, 64), rounds=3, seconds=2)
QUICK = Plan(("order:new",), (0, 20), (1, 64), rounds=2, seconds=1)


@dataclass(frozen=True)
class Setting:
    """The setting of a measurement: `delay` in ms, `limit` requests at a time, 0 for all.

    If the API `is_hosted` here, only the pass-through has an upstream.
    """

    type: str
    database: str
    delay: int = 0
    limit: int = 0
    is_hosted: bool = False

    @property
    def upstream(self) -> str:
        """The upstream in words."""
        if self.is_hosted:
            return "the hosted API"
        return f"{self.delay} ms" + (f", {self.limit} at a time" if self.limit else "")


Pair = tuple[Run, Run]
"""A run of the service, and the following one of the pass-through."""


def measure(plan: Plan) -> dict[tuple[Setting, int], list[Pair]]:
    """Return a pair of runs for each round of each setting and number of callers."""
    pairs: defaultdict[tuple[Setting, int], list[Pair]] = defaultdict(list)
    serials = Serials()
    for place in range(plan.rounds):
        for setting, callers in _settings(plan):
            for count, pair in _round(setting, callers, plan.seconds, serials):
                pairs[setting, count].append(pair)
                _report(f"round {place + 1} of {plan.rounds}", setting, count, pair)
    return {
        (setting, count): pairs[setting, count]
        for setting, callers in _settings(plan)
        for count in callers
    }


def _report(round_: str, setting: Setting, callers: int, pair: Pair) -> None:
    """Print the result of a round as soon as it ends."""
    ours, theirs = pair
    ratio = f"{ours.rate / theirs.rate:.2f}" if theirs.rate else "–"
    faults = "; ".join(run.fault for run in pair if run.fault)
    print(
        f"{round_}: {setting.type}, {setting.database}, {setting.upstream}, {callers} callers: "
        f"{ours.rate:.0f} / {theirs.rate:.0f} msg/s = {ratio}  {faults}",
        file=sys.stderr,
        flush=True,
    )


def _settings(plan: Plan) -> Iterator[tuple[Setting, Sequence[int]]]:
    for kind in plan.types:
        for database in databases.KINDS:
            if database == "Postgres" and not databases.can_reach_postgres():
                continue
            yield Setting(kind, database, is_hosted=True), (*plan.callers, MANY)
            for delay in plan.delays:
                yield Setting(kind, database, delay), plan.callers
            yield Setting(kind, database, 100), (MANY,)
        yield Setting(kind, "SQLite", 20, 4), (64,)


def _round(
    setting: Setting, callers: Sequence[int], seconds: int, serials: Serials
) -> Iterator[tuple[int, Pair]]:
    """Restart all servers, and load both in turn with each number of callers."""
    kind = KINDS[setting.type]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        upstream = stack.enter_context(
            processes.upstream(folder, setting.delay / 1000, setting.limit)
        )
        url = stack.enter_context(databases.KINDS[setting.database](folder))
        api = "" if setting.is_hosted else upstream.url
        both = [
            (
                stack.enter_context(processes.service(folder, api, url)),
                look(setting, kind, upstream, url),
            ),
            (
                stack.enter_context(processes.pass_through(folder, upstream.url, kind.subject)),
                load.at(upstream, kind),
            ),
        ]
        for server in (upstream, *(server for server, _ in both)):
            server.wait()
        for server, arrivals in both:
            load.run(kind, server, arrivals, WARMING_CALLERS, WARMING, serials.take())
        for count in callers:
            long = seconds * MANY_TIMES if count == MANY else seconds
            first, second = (load.run(kind, *one, count, long, serials.take()) for one in both)
            yield count, (first, second)


def look(setting: Setting, kind: Kind, upstream: Server, database_url: str) -> Look:
    """Return a function that reports the service's events in its database or at the upstream."""
    if setting.is_hosted:
        return partial(_stored, database_url, kind.subject)
    return load.at(upstream, kind)


def _stored(url: str, kind: str) -> Arrived:
    return Arrived(0, databases.numbers(url, kind))
