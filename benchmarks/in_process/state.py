"""What the state costs: a message claimed and settled, with so many orders remembered."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import insert

from benchmarks.messages import FIXTURES, ORDER, Kind
from database.transactions import Database
from jirafe_endpoint.state import State, open_state, prepare
from jirafe_endpoint.state.claims import Claim
from jirafe_endpoint.state.facts import remember
from jirafe_endpoint.state.tables import MESSAGES
from mappers import Draft, Fact, Key, read_message

SITE = "demo-shop"
LEASE = 25
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@contextmanager
def remembering(folder: Path, count: int) -> Iterator[Callable[[Kind], Callable[[], object]]]:
    """Store so many orders in a new SQLite file, and yield what makes the work to measure."""
    database = Database(f"sqlite:///{folder}/state-{count}.db", prepare)
    state = open_state(database, lambda: datetime.now(UTC), LEASE)
    _fill(database, count)
    yield lambda kind: _claiming(state, kind)
    database.close()


def _fill(database: Database, count: int) -> None:
    """Store orders as if each had come in a message of its own, of a customer of its own."""
    facts = _facts(_draft(ORDER))
    reply = json.dumps(_reply(ORDER))
    with database.writing() as connection:
        for places in _thousands(count):
            remember(connection, [(SITE, f) for i in places for f in _of(facts, f"A{i}")], NOW)
            connection.execute(
                insert(MESSAGES),
                [
                    {
                        "site": SITE,
                        "identity": f"A{i}",
                        "reply": reply,
                        "sent": "[]",
                        "stored_at": "2026-03-02T15:00:00.000Z",
                    }
                    for i in places
                ],
            )


def _thousands(count: int) -> Iterator[Sequence[int]]:
    for start in range(0, count, 1000):
        yield range(start, min(start + 1000, count))


def _claiming(state: State, kind: Kind) -> Callable[[], object]:
    """Return what claims and settles a new message each time."""
    draft = _draft(kind)
    facts, reply = _facts(draft), _reply(kind)
    serials = itertools.count()

    def work() -> None:
        number = f"{kind.subject}-{next(serials)}"
        locks = [Key(key.kind, number) for key in draft.locks]
        recalls = [Key(key.kind, number) for key in draft.recalls]
        claim = state.claims.claim(SITE, number, locks, recalls)
        if not isinstance(claim, Claim):
            raise SystemExit(f"A new message was not claimed: {claim}")
        state.claims.settle(claim, reply=reply, facts=_of(facts, number))

    return work


def _of(facts: Sequence[Fact], number: str) -> list[Fact]:
    """Return the facts as those of another number."""
    return [replace(fact, key=Key(fact.key.kind, number)) for fact in facts]


def _draft(kind: Kind) -> Draft:
    return read_message(kind.type, kind.envelope["payload"], {}, NOW)


def _facts(draft: Draft) -> list[Fact]:
    mapped = draft.events({})
    return [*(fact for event in mapped.events for fact in event.facts), *mapped.facts]


def _reply(kind: Kind) -> dict[str, object]:
    reply: dict[str, object] = json.loads((FIXTURES / f"{kind.fixture}.reply.json").read_text())
    return reply
