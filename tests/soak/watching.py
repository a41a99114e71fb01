"""What is seen of the service while it runs: how long requests take, and its memory."""

import os
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.harness.hub import Service
from tests.simulator import Message
from tests.simulator.play import Send
from tests.soak.stores import Disturbance


@dataclass
class Requests:
    """How each request was answered, and after how many seconds."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def timed(self, send: Send) -> Send:
        """Return a sender that does the same and is watched."""

        def measured(message: Message) -> tuple[int, Any]:
            start = time.monotonic()
            status, answer = send(message)
            self.seconds.append(time.monotonic() - start)
            self.statuses[status] += 1
            return status, answer

        return measured

    def percentile(self, share: int) -> float:
        """Return a percentile of the requests' durations."""
        return statistics.quantiles(self.seconds, n=100)[share - 1]


@dataclass
class Memory:
    """The resident memory of the worker that lives longest, in MB by its seconds of life."""

    service: Service
    samples: dict[int, list[tuple[float, float]]] = field(default_factory=dict)

    def watch(self, stop: threading.Event) -> None:
        """Take samples until it is stopped."""
        start = time.monotonic()
        while not stop.wait(2):
            for pid in self.service.workers():
                with suppress(OSError, IndexError):  # it ended, or is about to
                    own = self.samples.setdefault(pid, [])
                    own.append((time.monotonic() - start, _resident(pid)))

    def longest(self) -> list[tuple[float, float]]:
        """Return the samples of the worker that lived longest."""
        return max(self.samples.values(), key=len, default=[])


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def kill_all(service: Service) -> None:
    """Kill every worker at once."""
    for pid in service.workers():
        os.kill(pid, signal.SIGKILL)


def kill_youngest(service: Service) -> None:
    """Kill the worker that started last, so that the memory of another can be watched."""
    with suppress(ValueError):
        os.kill(max(service.workers(), key=_started), signal.SIGKILL)


def _started(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return 0


@dataclass
class Disturber:
    """Starts one fault after the other, with pauses in between."""

    disturbances: Mapping[str, Disturbance]
    pause: float
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        """Go on until it is stopped; a disturbance that does not work is a failure."""
        place = 0
        names = list(self.disturbances)
        while not stop.wait(self.pause):
            name = names[place % len(names)]
            place += 1
            try:
                self.disturbances[name]()
                self.counts[name] += 1
            except Exception as error:  # noqa: BLE001 - whatever it is
                self.failures.append(f"{name}: {type(error).__name__}: {error}")
