"""Messages that no retry can mend, kept for a look and a replay."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, Row, bindparam, delete, select, text, update

from database.transactions import Database
from database.upsert import Upsert
from jirafe_endpoint.state.claims import DeadLetter
from jirafe_endpoint.state.columns import key, timestamp, to_json
from jirafe_endpoint.state.tables import DEAD_LETTERS

_SECRET = re.compile("token|secret|password|key", re.IGNORECASE)


def _bury(insert: Any) -> Insert:
    statement = insert(DEAD_LETTERS)
    buried: Insert = statement.on_conflict_do_update(
        index_elements=[DEAD_LETTERS.c.site, DEAD_LETTERS.c.message_key],
        set_={"letter": statement.excluded.letter, "replayed_at": None},
    )
    return buried


_BURY = Upsert(_bury)
_NEWEST = select(DEAD_LETTERS).order_by(DEAD_LETTERS.c.id.desc())
_SURELY = text("SET LOCAL synchronous_commit = on")
_ONE = DEAD_LETTERS.c.id == bindparam("its_id")


def bury(connection: Connection, letter: DeadLetter, identity: str, now: datetime) -> None:
    """Keep a dead letter, without secrets: once for each message, by its `identity`."""
    told = {
        "message_id": letter.message_id,
        "type": letter.type,
        "payload": without_secrets(letter.payload),
        "errors": list(letter.errors),
    }
    row = {
        "site": letter.site,
        "message_key": key(identity),
        "letter": to_json(told),
        "created_at": timestamp(now),
    }
    if connection.dialect.name == "postgresql":  # of all that is kept, this is nowhere else
        connection.execute(_SURELY)
    _BURY(connection, [row])


def without_secrets(payload: dict[str, Any]) -> dict[str, Any]:
    """Return a payload without those parameters that are secrets by their names."""
    if "parameters" not in payload:
        return payload
    parameters = payload["parameters"]
    told = _harmless(parameters) if isinstance(parameters, dict | list) else None
    return {**payload, "parameters": told}


def _harmless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _harmless(one) for name, one in value.items() if not _SECRET.search(name)}
    if isinstance(value, list):
        return [_harmless(one) for one in value if not _is_secret(one)]
    return value


def _is_secret(parameter: Any) -> bool:
    return isinstance(parameter, dict) and bool(_SECRET.search(str(parameter.get("name"))))


class DeadLetters:
    """The dead letters; every method raises DatabaseUnavailableError where the database fails."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Take an aware clock."""
        self._database = database
        self._clock = clock

    def list(self, site: str | None = None, limit: int | None = None) -> Sequence[DeadLetter]:
        """Return the dead letters, of one site or all, newest first."""
        query = _NEWEST.limit(limit)
        if site is not None:
            query = query.where(DEAD_LETTERS.c.site == site)
        with self._database.reading() as connection:
            return [_letter(row) for row in connection.execute(query)]

    def get(self, letter_id: int) -> DeadLetter | None:
        """Return a dead letter, None where there is none of this id."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(DEAD_LETTERS).where(_ONE), {"its_id": letter_id}
            ).first()
        return _letter(row) if row else None

    def drop(self, letter_id: int) -> bool:
        """Forget a dead letter; False where there is none of this id."""
        with self._database.writing() as connection:
            dropped = connection.execute(delete(DEAD_LETTERS).where(_ONE), {"its_id": letter_id})
            return dropped.rowcount > 0

    def mark_replayed(self, letter_id: int) -> bool:
        """Note that a dead letter was replayed now; False where there is none of this id."""
        replayed = update(DEAD_LETTERS).where(_ONE).values(replayed_at=timestamp(self._clock()))
        with self._database.writing() as connection:
            return connection.execute(replayed, {"its_id": letter_id}).rowcount > 0


def _letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        site=row.site,
        **json.loads(row.letter),
        id=row.id,
        created_at=row.created_at,
        replayed_at=row.replayed_at,
    )
