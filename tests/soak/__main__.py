"""`python -m tests.soak sqlite postgres --seconds 600`: disturb the service, and report."""

import argparse
import io
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from tests.faults.harness.faults import at_random
from tests.faults.harness.hosted import FaultyApi
from tests.faults.harness.hub import Service, endpoint
from tests.faults.soak import as_sent, complaints, differences, histories_of, hosted
from tests.simulator import play, sender
from tests.soak.clock import Clock, can_be_set
from tests.soak.stores import STORES, Disturbance, Store
from tests.soak.watching import Disturber, Memory, Requests, kill_all, kill_youngest
from tests.upstream import Upstream, running_upstream

DEADLINE = 5.0
ALLOWED = 1.3 * DEADLINE + 1
"""Seconds for a request: the deadline, waiting for the state, and a second of a busy machine."""

SETTINGS = {
    "DELIVERY_DEADLINE": str(DEADLINE),
    "JIRAFE_TIMEOUT": "1",
    "JIRAFE_CONNECT_TIMEOUT": "1",
    "LOG_LEVEL": "error",
}
FAULTS = 0.05
SHOPS = 10
"""Shops in a round; each round has other ones, and their books are compared at its end."""

MOST_SHOPS = 5000
PAUSE = 8.0
HOUR = 3600
FLAT = 1.15
"""How much more memory a worker may have at its end than after a third of its life."""


@dataclass
class Soak:
    """The actions and their results."""

    store: Store
    requests: Requests = field(default_factory=Requests)
    messages: int = 0
    shops: int = 0
    wrong: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    disturbances: Counter[str] = field(default_factory=Counter)
    seconds: float = 0

    def run(self, seconds: float) -> None:
        """Deliver shops for this long while things go wrong."""
        start = time.monotonic()
        output = io.StringIO()
        with tempfile.TemporaryDirectory() as name, redirect_stdout(output):
            clock = self._clock(Path(name))
            settings = SETTINGS | (clock.environment if clock else {})
            with (
                hosted(f"sqlite:///{name}/api.db", range(MOST_SHOPS)) as api,
                running_upstream() as upstream,
                endpoint(self.store.url, upstream.url, 0, **settings) as service,
                self._disturbed(service, clock),
            ):
                upstream.answer = FaultyApi(api, at_random(1, FAULTS, upstream)).answer
                self._deliver(api, upstream, service, start + seconds)
        self.seconds = time.monotonic() - start
        lines = output.getvalue().splitlines()
        self.wrong += [f"logged: {line}" for line in lines if "Unexpected" in line]

    def _clock(self, folder: Path) -> Clock | None:
        if can_be_set():
            return Clock(folder)
        self.store.skipped["clock"] = "there is no C compiler"
        return None

    @contextmanager
    def _disturbed(self, service: Service, clock: Clock | None) -> Iterator[None]:
        stop = threading.Event()
        memory = Memory(service)
        disturber = Disturber(_disturbances(self.store, service, clock), PAUSE)
        kill_all(service)
        with ThreadPoolExecutor() as pool:
            others = [pool.submit(memory.watch, stop), pool.submit(disturber.run, stop)]
            try:
                yield
            finally:
                stop.set()
                for other in others:
                    other.result()
        self.memory = memory.longest()
        self.disturbances = disturber.counts
        self.wrong += disturber.failures

    def _deliver(self, api: Flask, upstream: Upstream, service: Service, ends: float) -> None:
        base = upstream.url.removesuffix("/v2")
        send = self.requests.timed(sender(f"http://127.0.0.1:{service.port}", base))
        while time.monotonic() < ends:
            histories = histories_of(range(self.shops, self.shops + SHOPS), days=1)
            outcomes = play(as_sent(histories), send, seconds=120)
            self.messages += len(outcomes)
            self.shops += SHOPS
            self.wrong += [*complaints(outcomes), *differences(api, histories)]
            upstream.requests.clear()

    def verdict(self) -> list[str]:
        """Return the problems, none if all is well."""
        late = [one for one in self.requests.seconds if one > ALLOWED]
        wrong = list(self.wrong)
        if late:
            wrong.append(f"{len(late)} requests took more than {ALLOWED} s")
        if _growth(self.memory) > FLAT:
            wrong.append(f"the memory of a worker grew by {_growth(self.memory) - 1:.0%}")
        return wrong


def _disturbances(store: Store, service: Service, clock: Clock | None) -> dict[str, Disturbance]:
    found: dict[str, Disturbance] = {"SIGKILL": lambda: kill_youngest(service)}
    for name, disturbance in store.disturbances.items():
        found[name] = disturbance
    if clock:
        found["clock an hour ahead"] = lambda: clock.set(HOUR)
        found["clock an hour back"] = lambda: clock.set(-HOUR)
        found["clock right"] = lambda: clock.set(0)
    return found


def _growth(samples: list[tuple[float, float]]) -> float:
    """Return the memory of the last tenth of a worker's life by that after a third of it."""
    sizes = [size for _, size in samples]
    if len(sizes) < 30:
        return 1
    third, tenth = len(sizes) // 3, len(sizes) // 10
    return max(sizes[-tenth:]) / max(sizes[third : third + tenth])


def report(name: str, soak: Soak) -> str:
    """Return the report of a soak for people."""
    took, statuses = soak.requests, soak.requests.statuses
    answers = ", ".join(
        f"{'broken off' if status == 0 else status} {count:,}"
        for status, count in sorted(statuses.items(), reverse=True)
    )
    happened = ", ".join(f"{what} {count}" for what, count in soak.disturbances.items())
    skipped = "".join(f"; no {what}: {why}" for what, why in soak.store.skipped.items())
    sizes = [size for _, size in soak.memory]
    third = len(sizes) // 3
    wrong = soak.verdict()
    lines = {
        "messages": f"{soak.messages:,} of {soak.shops} shops",
        "requests": f"{sum(statuses.values()):,}: {answers}",
        "happened": f"{happened}; {FAULTS:.0%} of the API's answers faulty{skipped}",
        "took": f"{max(took.seconds):.2f} s at most ({ALLOWED} s allowed), 99% within "
        f"{took.percentile(99):.2f} s, half within {took.percentile(50):.3f} s",
        "memory": f"{sizes[third]:.0f} MB after {soak.memory[third][0]:.0f} s, "
        f"{sizes[-1]:.0f} MB after {soak.memory[-1][0]:.0f} s, of one worker",
        "verdict": f"{len(wrong)} things are wrong" if wrong else "all is well",
    }
    return "\n".join(
        [
            f"{name}, two workers, {soak.seconds:.0f} s",
            *(f"  {label:<10}{text}" for label, text in lines.items()),
            *(f"    {one}" for one in wrong[:50]),
            "",
        ]
    )


def main() -> int:
    """Soak the service on each database that is named, and return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("stores", nargs="*", choices=[*STORES, []], default=list(STORES))
    parser.add_argument("--seconds", type=float, default=600)
    options = parser.parse_args()
    is_wrong = False
    for name in options.stores:
        with STORES[name]() as store:
            soak = Soak(store)
            soak.run(options.seconds)
            sys.stdout.write(report(name, soak))
            sys.stdout.flush()
            is_wrong |= bool(soak.verdict())
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main())
