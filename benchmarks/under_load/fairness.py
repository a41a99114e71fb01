"""(e) One site's latencies while another site floods the service, and without the flood."""

import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.messages import CART, Kind
from benchmarks.servers import processes
from benchmarks.servers.processes import Server
from benchmarks.under_load import load
from benchmarks.under_load.load import Serials

DELAY = 0.02
"""Seconds per request to the upstream."""

CALLERS = 4
"""Callers of the site that is measured."""

FLOODING = (64, 256)
"""Callers of the site that floods. They never run out of messages, and do not wait after a 429."""

WARMING = 2


@dataclass(frozen=True)
class Flooded:
    """The site's latencies in ms, alone and with the flood, and the flood's answers per second."""

    alone: tuple[float, float]
    beside: tuple[float, float]
    accepted: float
    refused: float

    @property
    def ratio(self) -> float:
        """The p99 during the flood divided by the p99 without it."""
        return self.beside[1] / self.alone[1]


class _OtherSite:
    """The messages of a kind, of a site that floods."""

    def __init__(self, kind: Kind) -> None:
        self.subject = f"{kind.subject}-flood"
        self.path = kind.path
        self.parts = [part.replace("demo-shop", "flood-shop") for part in kind.parts]


def measure(rounds: int, seconds: int) -> dict[int, list[Flooded]]:
    """Return the results of each round of each flood, by its number of callers."""
    serials = Serials()
    found: dict[int, list[Flooded]] = {callers: [] for callers in FLOODING}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}: fairness", file=sys.stderr)
        for callers, those in found.items():
            with tempfile.TemporaryDirectory() as name, _service(Path(name)) as server:
                those.append(_flooded(server, callers, seconds, serials))
    return found


@contextmanager
def _service(folder: Path) -> Iterator[Server]:
    with (
        processes.upstream(folder, DELAY) as upstream,
        processes.service(folder, upstream.url, f"sqlite:///{folder}/service.db") as server,
    ):
        for one in (upstream, server):
            one.wait()
        yield server


def _flooded(server: Server, callers: int, seconds: int, serials: Serials) -> Flooded:
    other = _OtherSite(CART)
    load.wrk(CART, server, CALLERS, WARMING, serials.take())
    alone = load.wrk(CART, server, CALLERS, seconds, serials.take())
    counts: dict[str, float] = {}

    def flood() -> None:
        counts.update(load.wrk(other, server, callers, seconds + 2 * WARMING, serials.take()))

    thread = threading.Thread(target=flood)
    thread.start()
    load.wrk(CART, server, CALLERS, WARMING, serials.take())
    beside = load.wrk(CART, server, CALLERS, seconds, serials.take())
    thread.join()
    for one in (alone, beside):
        if one["failed"] or one["broken"]:
            raise SystemExit(f"The site's own messages failed: {json.dumps(one)}")
    answered = counts["answered"] - counts["failed"]
    return Flooded(
        (alone["p50"], alone["p99"]),
        (beside["p50"], beside["p99"]),
        answered / counts["seconds"],
        counts["failed"] / counts["seconds"],
    )


PLANS: dict[bool, tuple[int, int]] = {False: (3, 4), True: (1, 3)}
"""Rounds, and the seconds of a run, for a full and for a quick measurement."""
