"""Dead letters: messages that were refused permanently, stored to be inspected and replayed."""

import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, update

from database.statements import Write
from database.transactions import Database
from jirafe_endpoint.state.columns import timestamp, to_json
from jirafe_endpoint.state.tables import DEAD_LETTERS

MOST_PER_SITE, MOST_BYTES_PER_SITE = 10_000, 64 * 1024 * 1024
"""The maximum number and size per site; beyond either, the oldest are dropped."""

# Dropping a tenth at a time is cheaper, because finding the oldest takes longer than counting.
_KEPT = 0.9

log = logging.getLogger(__name__)

_SECRET = re.compile("token|secret|password|key", re.IGNORECASE)

_STORE = Write("""
    INSERT INTO endpoint_dead_letters (site, identity, letter, bytes, proven, created_at)
    VALUES (:site, :identity, :letter, :bytes, :proven, :created_at)
    ON CONFLICT (site, identity) DO UPDATE SET
        letter = excluded.letter, bytes = excluded.bytes, proven = excluded.proven,
        replayed_at = NULL
""")
_NEWEST = select(DEAD_LETTERS).order_by(DEAD_LETTERS.c.id.desc())
_ONE = DEAD_LETTERS.c.id == bindparam("its_id")


@dataclass(frozen=True)
class DeadLetter:
    """A message that could not be processed, with its errors as texts.

    `identity` is the message's. It is `proven` if the token was the site's; otherwise anybody
    could have sent it. `id` and `created_at` are None until it is stored, and `replayed_at` until
    it was replayed. Times are in UTC.
    """

    site: str
    identity: str
    message_id: str | None
    type: str
    payload: dict[str, Any]
    errors: Sequence[str]
    proven: bool = True
    id: int | None = None
    created_at: str | None = None
    replayed_at: str | None = None


def store(connection: Connection, letter: DeadLetter, now: datetime) -> None:
    """Store a dead letter without its secrets; a message has at most one."""
    content = {
        "message_id": letter.message_id,
        "type": letter.type,
        "payload": without_secrets(letter.payload),
        "errors": list(letter.errors),
    }
    text = to_json(content)
    row = {
        "site": letter.site,
        "identity": letter.identity,
        "letter": text,
        "bytes": len(text),
        "proven": letter.proven,
        "created_at": timestamp(now),
    }
    _STORE(connection, [row])
    _drop_oldest(connection, letter.site)


def _drop_oldest(connection: Connection, site: str) -> None:
    columns = DEAD_LETTERS.c
    of_site = columns.site == site
    found = select(func.count(), func.coalesce(func.sum(columns.bytes), 0)).where(of_site)
    count, size = connection.execute(found).one()
    if count <= MOST_PER_SITE and size <= MOST_BYTES_PER_SITE:
        return
    newest_first = columns.id.desc()
    ranked = (
        select(
            columns.id,
            func.row_number().over(order_by=newest_first).label("rank"),
            func.sum(columns.bytes).over(order_by=newest_first).label("size"),
        )
        .where(of_site)
        .subquery()
    )
    too_many = ranked.c.rank > MOST_PER_SITE * _KEPT
    too_large = (ranked.c.size > MOST_BYTES_PER_SITE * _KEPT) & (ranked.c.rank > 1)
    dropped = connection.execute(
        delete(DEAD_LETTERS).where(columns.id.in_(select(ranked.c.id).where(too_many | too_large)))
    )
    log.warning("Site %s has too many dead letters: dropped %s", site, dropped.rowcount)


def without_secrets(payload: dict[str, Any]) -> dict[str, Any]:
    """Return a payload without parameters with secret-sounding names."""
    if "parameters" not in payload:
        return payload
    parameters = payload["parameters"]
    kept = _harmless(parameters) if isinstance(parameters, dict | list) else None
    return {**payload, "parameters": kept}


def _harmless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _harmless(one) for name, one in value.items() if not _SECRET.search(name)}
    if isinstance(value, list):
        return [_harmless(one) for one in value if not _is_secret(one)]
    return value


def _is_secret(parameter: Any) -> bool:
    return isinstance(parameter, dict) and bool(_SECRET.search(str(parameter.get("name"))))


class DeadLetters:
    """The dead letters; every method raises DatabaseUnavailableError if the database fails."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def list(self, site: str | None = None, limit: int | None = None) -> Sequence[DeadLetter]:
        """Return the dead letters of one site or all, newest first."""
        query = _NEWEST.limit(limit)
        if site is not None:
            query = query.where(DEAD_LETTERS.c.site == site)
        with self._database.reading() as connection:
            return [_letter(row) for row in connection.execute(query)]

    def get(self, letter_id: int) -> DeadLetter | None:
        """Return the dead letter with this id, or None."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(DEAD_LETTERS).where(_ONE), {"its_id": letter_id}
            ).first()
        return _letter(row) if row else None

    def drop(self, letter_id: int) -> bool:
        """Delete a dead letter; return False if there is none with this id."""
        with self._database.writing() as connection:
            dropped = connection.execute(delete(DEAD_LETTERS).where(_ONE), {"its_id": letter_id})
            return dropped.rowcount > 0

    def mark_replayed(self, letter_id: int) -> bool:
        """Mark a dead letter as replayed now; return False if there is none with this id."""
        replayed = update(DEAD_LETTERS).where(_ONE).values(replayed_at=timestamp(self._clock()))
        with self._database.writing() as connection:
            return connection.execute(replayed, {"its_id": letter_id}).rowcount > 0


def _letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        site=row.site,
        identity=row.identity,
        **json.loads(row.letter),
        proven=row.proven,
        id=row.id,
        created_at=row.created_at,
        replayed_at=row.replayed_at,
    )
