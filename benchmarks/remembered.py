"""What the store costs: a message claimed and settled, with so many orders remembered."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from benchmarks.messages import FIXTURES, ORDER, Kind
from database.transactions import Database
from jirafe_endpoint.delivery import history
from jirafe_endpoint.state import Store, open_store, prepare
from jirafe_endpoint.state.claims import Claim, Key, Snapshot
from jirafe_endpoint.state.snapshots import keep, meet
from jirafe_endpoint.state.tables import MESSAGES
from mappers import Event, read_message

SITE = "demo-shop"
LEASE = 25
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)

_FIRST = Claim(SITE, "", "", (), {}, {}, frozenset())


@contextmanager
def remembering(folder: Path, count: int) -> Iterator[Callable[[Kind], Callable[[], object]]]:
    """Keep so many orders in a new SQLite file, and yield what makes the work to measure."""
    database = Database(f"sqlite:///{folder}/state-{count}.db", prepare)
    store = open_store(database, lambda: datetime.now(UTC), LEASE)
    _fill(database, count)
    yield lambda kind: _claiming(store, kind)
    database.close()


def _fill(database: Database, count: int) -> None:
    """Keep orders as if each had come in a message of its own, of a customer of its own."""
    events = _events(ORDER)
    told = history.snapshots(events, _FIRST)
    reply = json.dumps(_reply(ORDER))
    with database.writing() as connection:
        for places in _thousands(count):
            kept = {k: s for i in places for k, s in _of(told, f"A{i}")}
            keep(connection, [(SITE, kept)], NOW)
            seen = {f"customer-{i}": "2026-03-02T14:03:10.000Z" for i in places}
            meet(connection, [(SITE, seen)])
            connection.execute(
                insert(MESSAGES),
                [
                    {
                        "site": SITE,
                        "message_id": f"A{i}",
                        "reply": reply,
                        "sent": "[]",
                        "kept_at": "2026-03-02T15:00:00.000Z",
                    }
                    for i in places
                ],
            )


def _thousands(count: int) -> Iterator[Sequence[int]]:
    for start in range(0, count, 1000):
        yield range(start, min(start + 1000, count))


def _claiming(store: Store, kind: Kind) -> Callable[[], object]:
    """Return what claims and settles a new message each time."""
    events = _events(kind)
    told, customers = history.snapshots(events, _FIRST), history.customers(events)
    reply = _reply(kind)
    serials = itertools.count()

    def work() -> None:
        number = f"{kind.subject}-{next(serials)}"
        own = dict(_of(told, number))
        claim = store.state.claim(SITE, number, list(own), list(customers))
        if not isinstance(claim, Claim):
            raise SystemExit(f"A new message was not claimed: {claim}")
        store.state.settle(claim, reply=reply, sent=(), snapshots=own, customers=customers)

    return work


def _of(told: dict[Key, Snapshot], number: str) -> list[tuple[Key, Snapshot]]:
    """Return the snapshots as those of another number."""
    return [(Key(key.kind, number), snapshot) for key, snapshot in told.items()]


def _events(kind: Kind) -> list[Event]:
    return read_message(kind.type, kind.envelope["payload"], {}, NOW).events({}).events


def _reply(kind: Kind) -> dict[str, object]:
    reply: dict[str, object] = json.loads((FIXTURES / f"{kind.fixture}.reply.json").read_text())
    return reply
