"""Which messages are under way or done, and what has to be known to send one."""

import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Insert, String, Text, bindparam, select

from database.transactions import Database
from database.upsert import Upsert
from jirafe_endpoint.state import leases
from jirafe_endpoint.state.claims import Busy, Claim, DeadLetter, Finished, Key, Snapshot
from jirafe_endpoint.state.columns import key, milliseconds, timestamp, to_json
from jirafe_endpoint.state.dead_letters import bury
from jirafe_endpoint.state.leases import MESSAGE, Held
from jirafe_endpoint.state.memory import Memory, Wish, recall
from jirafe_endpoint.state.snapshots import keep, meet, names
from jirafe_endpoint.state.tables import LEASES, MESSAGES


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


class _NotGivenError(Exception):
    """A claim that is not given; `end` says why."""

    def __init__(self, end: Finished | Busy) -> None:
        super().__init__()
        self.end = end


class _TakenOverError(Exception):
    """Some of several claims were taken over by others."""


class _Wanted(NamedTuple):
    """A message and its keys that are to be claimed, by the names they are kept under."""

    lease: Held
    wish: Wish
    again: bool


class _End(NamedTuple):
    """How a try at a message ended; arguments of `settle`."""

    claim: Claim
    reply: dict[str, Any] | None
    sent: Iterable[str]
    snapshots: Mapping[Key, Snapshot]
    customers: Mapping[str, str]
    dead_letter: DeadLetter | None


class State:
    """What is remembered of messages; its methods raise DatabaseUnavailableError."""

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
        identity: str,
        keys: Sequence[Key],
        customers: Sequence[str],
        *,
        again: bool = False,
    ) -> Claim | Finished | Busy:
        """Lease a message and its keys, and return what is remembered of them and the customers.

        `again` leases a finished message, too.
        """
        owner = secrets.token_hex(16)
        wanted, people = names(keys), {key(customer): customer for customer in customers}
        message = key(identity)
        lease = Held(site, [(MESSAGE, message), *wanted], owner)
        wish = Wish(message, wanted, people)
        try:
            memory = self._database.group_commit(self._claim, _Wanted(lease, wish, again))
        except _NotGivenError as refusal:
            return refusal.end
        return Claim(
            site,
            identity,
            owner,
            tuple(wanted.values()),
            {wanted[name]: one for name, one in memory.snapshots.items()},
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

        With a reply the message is finished. Without one it may come again, and `sent` tells which
        of its events were accepted so far. A claim that was taken over meanwhile leaves the
        message to the other; its snapshots and customers are kept all the same.
        """
        self._database.group_commit(
            self._settle, _End(claim, reply, sent, snapshots, customers, dead_letter)
        )

    def _claim(self, connection: Connection, some: Sequence[_Wanted]) -> list[Memory]:
        now = milliseconds(self._clock())
        # First the leases, then a look: it has to see what others did until they gave them up.
        leased = leases.take(connection, [one.lease for one in some], now, now + self._lease)
        memories = _memories(connection, some)
        for wanted, memory in zip(some, memories, strict=True):
            if memory.reply is not None and not wanted.again:
                raise _NotGivenError(Finished(json.loads(memory.reply)))
        if not leased:
            raise _NotGivenError(Busy())
        return memories

    def _settle(self, connection: Connection, ends: Sequence[_End]) -> list[None]:
        now = self._clock()
        rows = [_row(end, now) for end in ends if _leaves_a_note(end)]
        are_ours = not rows or _NOTE(connection, rows) == len(rows)
        if not are_ours and len(ends) > 1:
            raise _TakenOverError
        claims = [end.claim for end in ends]
        leases.release(connection, [_held(claim) for claim in claims])
        keep(connection, [(end.claim.site, end.snapshots) for end in ends], now)
        meet(connection, [(end.claim.site, _unknown(end)) for end in ends])
        for end in ends:
            if end.dead_letter and are_ours:
                bury(connection, end.dead_letter, end.claim.identity, now)
        return [None] * len(ends)


def _memories(connection: Connection, some: Sequence[_Wanted]) -> list[Memory]:
    """Return what is remembered for each, asked for site by site."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, wanted in enumerate(some):
        places[wanted.lease.site].append(place)
    found: dict[int, Memory] = {}
    for site, its_places in places.items():
        memories = recall(connection, site, [some[place].wish for place in its_places])
        found.update(zip(its_places, memories, strict=True))
    return [found[place] for place in range(len(some))]


def _held(claim: Claim) -> Held:
    return Held(claim.site, [(MESSAGE, key(claim.identity)), *names(claim.keys)], claim.owner)


def _leaves_a_note(end: _End) -> bool:
    """Whether there is anything to keep of the message, or to forget of an earlier try."""
    has_ended = end.reply is not None or end.dead_letter is not None
    return has_ended or end.claim.sent != frozenset(end.sent)


def _row(end: _End, now: datetime) -> dict[str, Any]:
    return {
        "its_site": end.claim.site,
        "its_id": key(end.claim.identity),
        "its_owner": end.claim.owner,
        "its_reply": None if end.reply is None else to_json(end.reply),
        "its_sent": to_json(sorted(end.sent)),
        "its_time": timestamp(now),
    }


def _unknown(end: _End) -> dict[str, str]:
    known = end.claim.first_seen
    return {one: seen for one, seen in end.customers.items() if one not in known}
