"""Which messages are under way or done, and what has to be known to send one."""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, String, Text, bindparam, select

from jirafe_endpoint.claims import Busy, Claim, DeadLetter, Finished, Key, Snapshot
from jirafe_endpoint.store import leases
from jirafe_endpoint.store.columns import key, milliseconds, timestamp, to_json
from jirafe_endpoint.store.dead_letters import bury
from jirafe_endpoint.store.leases import MESSAGE, Name
from jirafe_endpoint.store.memory import Memory, recall
from jirafe_endpoint.store.snapshots import keep, meet, names
from jirafe_endpoint.store.tables import LEASES, MESSAGES
from jirafe_endpoint.store.transactions import Database, Upsert


def _note(insert: Any) -> Insert:
    """Build what notes how a try ended, where the message is still leased to its owner."""
    leased = (
        select(
            LEASES.c.site,
            LEASES.c.number,
            bindparam("its_reply", type_=Text),
            bindparam("its_sent", type_=Text),
            bindparam("its_time", type_=String),
        )
        .where(
            LEASES.c.site == bindparam("its_site"),
            LEASES.c.kind == MESSAGE,
            LEASES.c.number == bindparam("its_id"),
            LEASES.c.owner == bindparam("its_owner"),
        )
        .with_for_update()
    )
    statement = insert(MESSAGES).from_select(list(MESSAGES.c), leased)
    new = statement.excluded
    noted: Insert = statement.on_conflict_do_update(
        index_elements=[MESSAGES.c.site, MESSAGES.c.message_id],
        set_={"reply": new.reply, "sent": new.sent, "kept_at": new.kept_at},
    )
    return noted


_NOTE = Upsert(_note)


class _OtherwiseError(Exception):
    """A claim that is not given; `end` says why."""

    def __init__(self, end: Finished | Busy) -> None:
        super().__init__()
        self.end = end


class State:
    """What is remembered of messages; its methods raise StateUnavailableError."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], lease_seconds: float
    ) -> None:
        """Take an aware clock, and how long a claim lasts that nobody settles."""
        self._database = database
        self._clock = clock
        self._lease = round(lease_seconds * 1000)

    def claim(
        self,
        site: str,
        message_id: str | None,
        keys: Sequence[Key],
        customers: Sequence[str],
        *,
        again: bool = False,
    ) -> Claim | Finished | Busy:
        """Lease a message and its keys, and return what is remembered of them and the customers.

        A message without id is never finished, but its keys are leased all the same. `again`
        leases a finished message, too.
        """
        owner = secrets.token_hex(16)
        wanted, people = names(keys), {key(customer): customer for customer in customers}
        message = _message(message_id)

        def look(connection: Connection) -> Memory:
            now = milliseconds(self._clock())
            # First the leases, then a look: it has to see what others did until they gave them up.
            leased = leases.take(
                connection, site, [*message, *wanted], owner, now, now + self._lease
            )
            memory = recall(connection, site, message[0][1] if message else None, wanted, people)
            if memory.reply is not None and not again:
                raise _OtherwiseError(Finished(json.loads(memory.reply)))
            if not leased:
                raise _OtherwiseError(Busy())
            return memory

        try:
            memory = self._database.together(look)
        except _OtherwiseError as otherwise:
            return otherwise.end
        return Claim(
            site,
            message_id,
            owner,
            tuple(wanted.values()),
            {wanted[name]: one for name, one in memory.snapshots.items() if name in wanted},
            {people[customer]: seen for customer, seen in memory.first_seen.items()},
            memory.sent,
        )

    def settle(
        self,
        claim: Claim,
        *,
        reply: dict[str, Any] | None,
        sent: Iterable[str],
        snapshots: Mapping[Key, Snapshot],
        customers: Mapping[str, str],
        dead_letter: DeadLetter | None = None,
    ) -> None:
        """Give a claim back and keep what came of it.

        With a reply the message is finished. Without one it is to be tried again, and `sent` tells
        the events that were accepted this time. A claim that was taken over meanwhile leaves the
        message to the other; its snapshots and customers are kept all the same.
        """
        message = _message(claim.message_id)

        def end(connection: Connection) -> None:
            now = self._clock()
            is_ours = True
            if message and (reply is not None or sent or dead_letter):
                is_ours = _end(connection, claim, reply, claim.sent.union(sent), now)
            leases.release(connection, claim.site, [*message, *names(claim.keys)], claim.owner)
            keep(connection, claim.site, snapshots, now)
            meet(connection, claim.site, _unknown(customers, claim.first_seen))
            if dead_letter and is_ours:
                bury(connection, dead_letter, claim.message_id, now)

        self._database.together(end)


def _message(message_id: str | None) -> list[Name]:
    """Return the name that a message is leased under, if it has an id."""
    return [] if message_id is None else [(MESSAGE, key(message_id))]


def _end(
    connection: Connection,
    claim: Claim,
    reply: dict[str, Any] | None,
    sent: frozenset[str],
    now: datetime,
) -> bool:
    """Keep how a try ended; False where the message was taken over."""
    row = {
        "its_site": claim.site,
        "its_id": _message(claim.message_id)[0][1],
        "its_owner": claim.owner,
        "its_reply": None if reply is None else to_json(reply),
        "its_sent": to_json(sorted(sent)),
        "its_time": timestamp(now),
    }
    return _NOTE(connection, [row]) == 1


def _unknown(customers: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    return {one: seen for one, seen in customers.items() if one not in known}
