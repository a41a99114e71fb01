"""Measure the cost of the state: claiming and settling a message, with many orders remembered."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import text

from benchmarks.messages import FIXTURES, ORDER, Kind
from database.transactions import Database
from jirafe_endpoint.state import State, open_state, prepare
from jirafe_endpoint.state.columns import timestamp
from jirafe_endpoint.state.results import Claim
from mappers import Draft, Fact, Key, read_message

SITE = "demo-shop"
LEASE = 25
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@contextmanager
def remembering(folder: Path, count: int) -> Iterator[Callable[[Kind], Callable[[], object]]]:
    """Store `count` orders in a new SQLite file, and yield a function that makes the work."""
    database = Database(f"sqlite:///{folder}/state-{count}.db", prepare)
    state = open_state(database, lambda: datetime.now(UTC), LEASE)
    _fill(database, count)
    yield lambda kind: _claiming(state, kind)
    database.close()


_REMEMBERED = """
    WITH RECURSIVE orders(place) AS (
        SELECT 1 UNION ALL SELECT place + 1 FROM orders WHERE place < :count
    )
"""
_FACTS = text(f"""
    INSERT INTO endpoint_facts (site, kind, name, version, value, stored_at) {_REMEMBERED}
    SELECT :site, column1, 'A' || place, :now, 'null', :now
    FROM orders, (VALUES ('order'), ('order-placed'), ('cart'))
    WHERE place <= :count
""")
_MESSAGES = text(f"""
    INSERT INTO endpoint_messages (site, identity, reply, sent, stored_at) {_REMEMBERED}
    SELECT :site, 'A' || place, :reply, '[]', :now FROM orders WHERE place <= :count
""")


def _fill(database: Database, count: int) -> None:
    """Store orders as if each had come in a message of its own; their contents are left out."""
    values = {"site": SITE, "count": count, "now": timestamp(NOW)}
    with database.writing() as connection:
        connection.execute(_FACTS, values)
        connection.execute(_MESSAGES, values | {"reply": json.dumps(_reply(ORDER))})


def _claiming(state: State, kind: Kind) -> Callable[[], object]:
    """Return a function that claims and settles a new message each time."""
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
