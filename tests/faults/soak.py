"""Whole shops, delivered over HTTP to a service with faults: `python -m tests.faults.soak`."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask

from jirafe_api import create_api
from tests.faults.harness.faults import at_random
from tests.faults.harness.hosted import FaultyApi, latest, received
from tests.faults.harness.hub import Service, endpoint
from tests.simulator import (
    Books,
    Change,
    Message,
    Outcome,
    Shop,
    Site,
    as_delivered,
    broken_chains,
    interrupting,
    messages,
    play,
    sender,
)
from tests.upstream import Upstream, running_upstream

SETTINGS = {
    "DELIVERY_DEADLINE": "5",
    "JIRAFE_TIMEOUT": "1",
    "JIRAFE_CONNECT_TIMEOUT": "1",
    "BREAKER_PAUSE": "0.2",
}
KINDS = ("order", "cart", "product", "category", "customer", "visit")
Histories = Mapping[int, list[Change]]


@dataclass(frozen=True)
class Soak:
    """How much is delivered, the share of faults, and the sends between two kills."""

    seeds: Iterable[int] = range(10)
    days: int = 1
    faults: float = 0.05
    kill_every: int = 200
    seconds: float = 60

    def run(self, state_url: str, api_url: str) -> tuple[list[Outcome], list[str]]:
        """Return the outcome of each message, and every difference with its seed."""
        histories = histories_of(self.seeds, self.days)
        with hosted(api_url, histories) as api, running_upstream() as upstream:
            upstream.answer = FaultyApi(api, at_random(1, self.faults, upstream)).answer
            with endpoint(state_url, upstream.url, **SETTINGS) as service:
                outcomes = self._deliver(histories, upstream, service)
            return outcomes, differences(api, histories)

    def _deliver(self, histories: Histories, upstream: Upstream, service: Service) -> list[Outcome]:
        send = sender(f"http://127.0.0.1:{service.port}", upstream.url.removesuffix("/v2"))
        send = interrupting(send, self.kill_every, lambda: kill_a_worker(service))
        return play(as_sent(histories), send, seconds=self.seconds)


def kill_a_worker(service: Service) -> None:
    """Kill a worker of the service, if there is one at the moment."""
    with suppress(ProcessLookupError, IndexError):
        os.kill(service.workers()[0], signal.SIGKILL)


def histories_of(seeds: Iterable[int], days: int) -> Histories:
    """Return the histories of small shops, by seed."""
    start = datetime(2026, 3, 2, tzinfo=UTC)
    shops = {
        seed: Shop(seed, start, days, visits_per_day=4, conversion=0.7, products=6)
        for seed in seeds
    }
    return {seed: list(shop.history()) for seed, shop in shops.items()}


def site(seed: int) -> Site:
    """Return the site of a shop."""
    return Site(f"shop-{seed}", f"token-of-{seed}")


def as_sent(histories: Histories) -> list[Message]:
    """Return the interleaved messages of all shops, without the pageviews."""
    placed = [
        (place / len(delivered), seed, message)
        for seed, history in histories.items()
        for delivered in [as_delivered(messages(history, site(seed), seed), seed)]
        for place, message in enumerate(delivered)
        if not message.path.endswith("/pageview")
    ]
    return [message for *_, message in sorted(placed, key=lambda one: one[:2])]


@contextmanager
def hosted(url: str, seeds: Iterable[int]) -> Iterator[Flask]:
    """Give a Jirafe Events API with the sites of these shops."""
    api = create_api(DATABASE_URL=url, JIRAFE_API_SITES=sites_of(seeds))
    try:
        yield api
    finally:
        api.extensions["jirafe_api"].store.close()


def sites_of(seeds: Iterable[int]) -> str:
    """Return the setting JIRAFE_API_SITES for these shops."""
    return ",".join(f"{site(seed).id}:{site(seed).token}" for seed in seeds)


def differences(api: Flask, histories: Histories) -> list[str]:
    """Return the differences between the API and the shops' books, with each shop's seed."""
    return [
        f"seed {seed}: {difference}"
        for seed, history in histories.items()
        for difference in Books.of(history).differences(
            {kind: latest(api, site(seed).id, site(seed).token, kind) for kind in KINDS}
        )
    ]


def chains(api: Flask, seeds: Iterable[int]) -> list[str]:
    """Return the orders with a broken chain of previous items, with the seed of each."""
    return [
        f"seed {seed}: the chain of {number} is broken"
        for seed in seeds
        for number in broken_chains(
            event
            for event in received(api, site(seed).id, site(seed).token, "order")
            if event["status"] == "accepted"
        )
    ]


def complaints(outcomes: Iterable[Outcome]) -> list[str]:
    """Return each message that was not delivered, or answered with more than infos."""
    return sorted(
        f"{outcome.message.style} {outcome.message.subject}: {outcome.statuses[-1]} "
        + "; ".join(note["description"] for note in outcome.notes)
        for outcome in outcomes
        if outcome.statuses[-1] != 200 or outcome.levels - {"info"}
    )


def main() -> int:
    """Deliver a hundred shops of five days, and return 1 if anything differs."""
    soak = Soak(range(100), days=5, faults=0.03, kill_every=2000, seconds=3600)
    with tempfile.TemporaryDirectory() as folder:
        outcomes, found = soak.run(f"sqlite:///{folder}/state.db", f"sqlite:///{folder}/api.db")
    wrong = [*complaints(outcomes), *found]
    sys.stdout.write("\n".join([*wrong, f"{len(outcomes)} messages, {len(wrong)} differences\n"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
