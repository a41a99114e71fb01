"""The hub, as far as the endpoint notices it: messages, many at once, sent again until done."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import mappers
from tests.endpoint.fixtures import message
from tests.faults.harness.books import Books, Key, key
from tests.leaks import watched_output
from tests.serving import ROOT, free_port, wait_for
from tests.state.fixtures import make_database

GONE = 0
"""The "status" of a message whose connection broke or was not made."""

START = datetime(2026, 3, 2, 14, tzinfo=UTC)


def hub_message(type_: str, number: str, version: int, **more: Any) -> dict[str, Any]:
    """Return a message about a cart, an order or a taxon, `version` seconds after the start."""
    subject = type_.partition(":")[0]
    date = (START + timedelta(seconds=version)).isoformat().replace("+00:00", "Z")
    if subject == "taxon":
        payload = {"id": number, "name": f"Tea {version}", "taxonomy_id": 1, "updated_at": date}
    else:
        line = {"id": 7, "sku": f"{number}-{version}", "quantity": 1 + version % 9, "price": 9.5}
        payload = {
            "number": number,
            "email": f"{number}@example.com",
            "currency": "USD",
            "placed_on": date,
            "updated_at": date,
            "line_items": [line],
        }
        if subject == "order":
            payload["status"] = "complete"
        if type_ == "order:canceled":
            payload |= {"status": "canceled", "canceled_at": date}
    envelope = message(type_, {subject: payload | more}, product_category_taxonomy="1")
    return envelope | {"message_id": f"{type_} {number} {version}"}


def expected(envelope: dict[str, Any]) -> list[Key]:
    """Return the events that the message should become."""
    parameters = {"product_category_taxonomy": "1"}
    draft = mappers.read_message(envelope["message"], envelope["payload"], parameters, START)
    return [key(event.kind, event.body) for event in draft.events({}).events]


@dataclass
class Delivery:
    """A message, and the answers that the hub got for it until it was done."""

    envelope: dict[str, Any]
    statuses: list[int] = field(default_factory=list)
    answer: Any = None
    retry_after: list[str | None] = field(default_factory=list)

    @property
    def levels(self) -> set[str]:
        return {note["level"] for note in self.answer["notifications"]}

    @property
    def left_out(self) -> int:
        """Return how many events were not sent because a newer state was."""
        notes = self.answer["notifications"]
        return sum("A newer state of" in note["description"] for note in notes)


def post(port: int, envelope: dict[str, Any], delivery: Delivery | None = None) -> Delivery:
    """Send a message once."""
    delivery = delivery or Delivery(envelope)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        body = json.dumps(envelope)
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        status, content = answer.status, answer.read()
        delivery.retry_after.append(answer.headers["Retry-After"])
        delivery.answer = json.loads(content)
    except (OSError, http.client.HTTPException):
        status = GONE
    finally:
        connection.close()
    delivery.statuses.append(status)
    return delivery


def deliver(port: int, envelope: dict[str, Any], deadline: float) -> Delivery:
    """Send a message until it is answered 200, with pauses that grow to half a second."""
    delivery, pause = Delivery(envelope), 0.05
    while post(port, envelope, delivery).statuses[-1] != 200 and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)
    return delivery


def deliver_all(
    port: int, envelopes: Iterable[dict[str, Any]], threads: int, seconds: float = 40
) -> list[Delivery]:
    """Send the messages from `threads` threads, each until it is done or time is up."""
    deadline = time.monotonic() + seconds
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda one: deliver(port, one, deadline), envelopes))


def storm(seed: int) -> list[dict[str, Any]]:
    """Return messages of every sort about forty numbers, each with its own date, disordered."""
    rng = random.Random(seed)
    types = ("cart:new", "cart:updated", "order:updated", "order:updated", "order:canceled")
    envelopes = []
    for place in range(320):
        type_ = rng.choice(types) if place % 10 else "taxon:updated"
        number = f"R{rng.randrange(34)}" if place % 10 else f"{rng.randrange(6)}"
        envelopes.append(
            hub_message("order:new", f"R{place}", place)
            if place < 34 and place % 10
            else hub_message(type_, number, place)
        )
    # Not completely shuffled: only messages in progress at the same time get mixed up.
    return sorted(
        envelopes, key=lambda one: int(one["message_id"].split()[-1]) + rng.uniform(-60, 60)
    )


_STATES = (("cart",), ("category",), ("order-accepted", "order-canceled"))


def missing(deliveries: Iterable[Delivery], books: Books) -> list[Key]:
    """Return the events of messages that the hub takes as done and the upstream does not hold.

    Not those that are refused for good, or were left out for a newer state that it holds: no
    order is accepted after its own cancellation.
    """
    accepted = set(books.accepted)
    lacking = []
    for delivery in deliveries:
        absent = [
            one
            for one in expected(delivery.envelope)
            if one not in accepted and not books.refuses(one)
        ]
        overtaken = [
            one
            for one in absent
            if _is_overtaken(one, accepted) or replace(one, name="order-canceled") in accepted
        ]
        lacking += (
            absent
            if len(overtaken) > delivery.left_out
            else [one for one in absent if one not in overtaken]
        )
    return lacking


def _is_overtaken(one: Key, accepted: Iterable[Key]) -> bool:
    """Whether a newer state is held: of an order, its cancellation may be all that is."""
    states = next((some for some in _STATES if one.name in some), ())
    return any(
        other.name in states and other.number == one.number and other.date > one.date
        for other in accepted
    )


def last_statuses(deliveries: Sequence[Delivery]) -> set[int]:
    return {delivery.statuses[-1] for delivery in deliveries}


@dataclass
class Service:
    """The endpoint under gunicorn, in a group of processes of its own."""

    port: int
    process: "subprocess.Popen[bytes]"

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def kill(self) -> None:
        """End all of its processes at once, as a platform does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@contextmanager
def endpoint(
    database_url: str, upstream: str, port: int = 0, workers: int = 2, **settings: str
) -> Iterator[Service]:
    """Serve the endpoint with this many workers while the block runs.

    SQLite has its tables before: workers that make them at once, on a busy machine, are slower
    than short deadlines allow.
    """
    if database_url.startswith("sqlite"):
        database = make_database(database_url)
        database.prepare()
        database.close()
    port = port or free_port()
    names = ("JIRAFE_API_SITES", "ENDPOINT_KEY", "PORT", "APP_ENV", "WEB_CONCURRENCY")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    environment |= {"DATABASE_URL": database_url, "JIRAFE_API_URL": upstream}
    command = [sys.executable, "-m", "gunicorn", f"--workers={workers}", f"--bind=127.0.0.1:{port}"]
    with (
        watched_output() as output,
        subprocess.Popen(
            [*command, "app:app"],
            cwd=ROOT,
            env=environment | settings,
            start_new_session=True,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            wait_for(port, process)
            yield Service(port, process)
            process.terminate()
            process.wait(30)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
