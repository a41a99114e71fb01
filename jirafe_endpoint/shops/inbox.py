"""The inbox: webhooks of connected shops, from their arrival until they are processed.

Rows about the same order, cart or product form one job and are processed in order, by one process
at a time. A job is leased: if its process dies, another takes it once the lease has ended.
"""

import json
import random
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Update, delete, func, insert, or_, select, update

from database.transactions import Database
from jirafe_endpoint.shops.tables import INBOX
from jirafe_endpoint.state.columns import milliseconds
from jirafe_endpoint.state.dead_letters import DeadLetter, store

AT_ONCE_PER_SITE = 8
"""Jobs of one site that all processes together work on at once."""

_ROWS_PER_JOB, _BYTES_PER_JOB = 100, 16 * 1024 * 1024  # or one webhook, however large it is
_LOOKED_AT = 200  # due rows of a site, among which jobs are found
_TAKE_LOCK = 4_105_621_975  # any number that no other user of the same database locks


@dataclass(frozen=True)
class Received:
    """A webhook to store; it is due `delay` seconds after its arrival."""

    site: str
    subject: str
    headers: dict[str, str]
    body: str
    delay: float


class Stored(NamedTuple):
    """A stored webhook. `attempts` counts failed attempts; `received_at` is timezone-aware."""

    id: int
    headers: dict[str, str]
    body: str
    attempts: int
    received_at: datetime


@dataclass(frozen=True)
class Job:
    """The webhooks about one subject of a site, oldest first, leased by `owner`."""

    site: str
    subject: str
    owner: str
    webhooks: Sequence[Stored]


class Depth(NamedTuple):
    """The number of waiting webhooks, and the age of the oldest in seconds."""

    webhooks: int
    oldest: float


class Inbox:
    """The inbox; every method raises DatabaseUnavailableError if the database fails."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], lease_seconds: float
    ) -> None:
        self._database = database
        self._clock = clock
        self._lease_time = round(lease_seconds * 1000)

    def put(self, *received: Received) -> None:
        """Store webhooks, all or none; they are on disk when this returns."""
        self._database.group_commit(self._put_all, received)

    def take(self, limit: int) -> list[Job]:
        """Lease up to `limit` jobs that are due, of all sites in random order."""
        now = self._now()
        if not self._has_due(now):
            return []
        with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
                connection.execute(select(func.pg_advisory_xact_lock(_TAKE_LOCK)))
            sites = list(
                connection.scalars(select(INBOX.c.site).where(self._is_due(now)).distinct())
            )
            random.shuffle(sites)
            jobs: list[Job] = []
            for site in sites:
                places = limit - len(jobs)
                subjects = self._subjects(connection, site, now, places)
                leased = (self._lease(connection, site, subject, now) for subject in subjects)
                jobs += filter(None, leased)
            return jobs

    def renew(self, job: Job) -> bool:
        """Renew the lease; return False if another process has taken the job."""
        with self._database.writing() as connection:
            return connection.execute(self._renewal(job)).rowcount > 0

    def resume(self, site: str, subject: str, owner: str) -> Job | None:
        """Return a job that is leased by this owner, None if it is settled or another's by now."""
        job = Job(site, subject, owner, ())
        with self._database.writing() as connection:
            if not connection.execute(self._renewal(job)).rowcount:
                return None
            rows = connection.execute(select(INBOX).where(_is_of(job)).order_by(INBOX.c.id))
            return replace(job, webhooks=[_stored(row) for row in rows])

    def finish(self, job: Job) -> None:
        """Delete the job's webhooks."""
        with self._database.writing() as connection:
            connection.execute(delete(INBOX).where(_is_of(job)))

    def retry(self, job: Job, delay: float) -> None:
        """Make the job due again after `delay` seconds."""
        due_at = self._now() + round(delay * 1000)
        with self._database.writing() as connection:
            later = {"attempts": INBOX.c.attempts + 1, "due_at": due_at}
            connection.execute(update(INBOX).where(_is_of(job)).values(**later, **_FREE))

    def hand_back(self, job: Job) -> None:
        """Give back a job that was not started, so that others can take it at once."""
        with self._database.writing() as connection:
            connection.execute(update(INBOX).where(_is_of(job)).values(**_FREE))

    def replace_by_dead_letters(self, job: Job, letters: Sequence[DeadLetter]) -> None:
        """Replace the job by dead letters."""
        with self._database.writing() as connection:
            if connection.execute(delete(INBOX).where(_is_of(job))).rowcount:
                for letter in letters:
                    store(connection, letter, self._clock())

    def mentions(self, site: str, emails: Collection[str]) -> int:
        """Return how many webhooks of a site contain one of the lower-case e-mail addresses."""
        wanted = [json.dumps(email).strip('"') for email in emails]
        with self._database.reading() as connection:
            bodies = connection.scalars(select(INBOX.c.body).where(INBOX.c.site == site))
            return sum(any(one in body.lower() for one in wanted) for body in bodies)

    def depth(self) -> Depth:
        """Return how many webhooks are waiting, and for how long."""
        with self._database.reading() as connection:
            query = select(func.count(), func.min(INBOX.c.received_at)).select_from(INBOX)
            count, oldest = connection.execute(query).one()
        return Depth(count, max(0, self._now() - oldest) / 1000 if count else 0.0)

    def _put_all(self, connection: Connection, items: Sequence[tuple[Received, ...]]) -> list[None]:
        now = self._now()
        rows = [_row(one, now) for received in items for one in received]
        if rows:
            connection.execute(insert(INBOX), rows)
        return [None] * len(items)

    def _has_due(self, now: int) -> bool:
        with self._database.reading() as connection:
            due = select(INBOX.c.id).where(self._is_due(now)).limit(1)
            return connection.execute(due).first() is not None

    def _subjects(self, connection: Connection, site: str, now: int, places: int) -> list[str]:
        """Return subjects of a site that are due and not leased, longest due first."""
        leased = select(INBOX.c.subject).where(INBOX.c.site == site, ~self._is_free(now)).distinct()
        busy = set(connection.scalars(leased))
        due = (
            select(INBOX.c.subject)
            .where(INBOX.c.site == site, self._is_due(now))
            .order_by(INBOX.c.due_at, INBOX.c.id)
            .limit(_LOOKED_AT)
        )
        free = [one for one in dict.fromkeys(connection.scalars(due)) if one not in busy]
        return free[: max(0, min(places, AT_ONCE_PER_SITE - len(busy)))]

    def _is_due(self, now: int) -> ColumnElement[bool]:
        return (INBOX.c.due_at <= now) & self._is_free(now)

    def _is_free(self, now: int) -> ColumnElement[bool]:
        # A lease that ends much later than a new one would was made before the clock was set back.
        # A little later is normal: others may have renewed theirs since `now`.
        latest = now + 2 * self._lease_time
        return or_(INBOX.c.leased_until <= now, INBOX.c.leased_until > latest)

    def _lease(self, connection: Connection, site: str, subject: str, now: int) -> Job | None:
        """Lease a subject; return None if a process whose lease had ended has just finished it."""
        owner = secrets.token_hex(16)
        of_subject = (INBOX.c.site == site) & (INBOX.c.subject == subject)
        first = (
            select(INBOX.c.id, INBOX.c.bytes)
            .where(of_subject)
            .order_by(INBOX.c.id)
            .limit(_ROWS_PER_JOB)
            .with_for_update()
        )
        sizes = connection.execute(first).all()
        if not sizes:
            return None
        together = accumulate(row.bytes for row in sizes)
        count = max(1, sum(size <= _BYTES_PER_JOB for size in together))
        ours = of_subject & (INBOX.c.id <= sizes[count - 1].id)
        rows = connection.execute(select(INBOX).where(ours).order_by(INBOX.c.id)).all()
        leased = {"owner": owner, "leased_until": now + self._lease_time}
        connection.execute(update(INBOX).where(ours).values(**leased))
        return Job(site, subject, owner, [_stored(row) for row in rows])

    def _renewal(self, job: Job) -> Update:
        until = self._now() + self._lease_time
        return update(INBOX).where(_is_of(job)).values(leased_until=until)

    def _now(self) -> int:
        return milliseconds(self._clock())


_FREE = {"owner": "", "leased_until": 0}


def _row(received: Received, now: int) -> dict[str, Any]:
    return {
        "site": received.site,
        "subject": received.subject,
        "headers": json.dumps(received.headers),
        "body": received.body,
        "bytes": len(received.body.encode()),
        "attempts": 0,
        "received_at": now,
        "due_at": now + round(received.delay * 1000),
        **_FREE,
    }


def _stored(row: Any) -> Stored:
    received_at = datetime.fromtimestamp(row.received_at / 1000, UTC)
    return Stored(row.id, json.loads(row.headers), row.body, row.attempts, received_at)


def _is_of(job: Job) -> ColumnElement[bool]:
    return (
        (INBOX.c.site == job.site) & (INBOX.c.subject == job.subject) & (INBOX.c.owner == job.owner)
    )
