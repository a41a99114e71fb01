"""Everything that is kept: the accepted events, and the sites with the hashes of their tokens."""

from collections.abc import Callable, Generator, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select

from database.transactions import Database
from jirafe_api.contract.kinds import V2, Event
from jirafe_api.storage.event_filter import Wanted
from jirafe_api.storage.forgetting import Forgotten, forget
from jirafe_api.storage.latest_state import latest
from jirafe_api.storage.personal_data import Person
from jirafe_api.storage.retention import prune
from jirafe_api.storage.stored_event import StoredEvent, row, stored
from jirafe_api.storage.tables import EVENTS, METADATA, SITES
from jirafe_api.times import stamp

_ALL = Wanted()


class KnownSite(NamedTuple):
    """A site, and when it was given one of its tokens (None: by the environment)."""

    site: str
    created_at: str | None


class Store:
    """The events and sites in one database; every method raises DatabaseUnavailableError."""

    def __init__(self, database_url: str, now: Callable[[], datetime]) -> None:
        """Takes an SQLAlchemy URL and the clock; connects at the first use."""
        self._database = Database(database_url, METADATA.create_all)
        self._now = now

    def prepare(self) -> None:
        """Creates the missing tables now, rather than at the first use."""
        self._database.prepare()

    def close(self) -> None:
        """Closes the idle connections; the next use opens one again."""
        self._database.close()

    def add(self, site: str, events: Iterable[tuple[str, Event]], version: int = V2) -> None:
        """Keeps all of the (kind, event) pairs, or none; `version` is that of the API."""
        now = self._now()
        rows = [row(site, version, kind, event, now) for kind, event in events]
        if rows:
            with self._database.writing() as connection:
                connection.execute(insert(EVENTS), rows)

    def page(self, wanted: Wanted, *, limit: int, before: int) -> list[StoredEvent]:
        """Up to `limit` events whose `seq` is below `before`, newest first."""
        conditions = wanted.of(EVENTS.c)
        if wanted.id is not None:  # or SQLite would look for the id among all of the kind
            conditions = [EVENTS.c.seq.in_(select(EVENTS.c.seq).where(*conditions))]
        query = select(EVENTS).where(*conditions, EVENTS.c.seq < before)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(EVENTS.c.seq.desc()).limit(limit)).all()
        return [stored(row) for row in rows]

    def latest(self, wanted: Wanted, *, limit: int, after: str | None = None) -> list[StoredEvent]:
        """The latest states of up to `limit` ids, by their keys, as `latest.latest` tells them."""
        with self._database.reading() as connection:
            return latest(connection, wanted, limit=limit, after=after)

    def events(self, wanted: Wanted = _ALL, *, limit: int | None = None) -> Generator[StoredEvent]:
        """Yields the events, oldest first, while it reads them: their number does not matter.

        One who does not want all of them has to close it.
        """
        query = select(EVENTS).where(*wanted.of(EVENTS.c)).order_by(EVENTS.c.seq).limit(limit)
        if wanted.kind is None:  # or SQLite would find a site's by their index, and sort them all
            query = query.with_hint(EVENTS, "NOT INDEXED", "sqlite")
        query = query.execution_options(yield_per=100)
        with self._database.reading() as connection, connection.execute(query) as rows:
            for row in rows:
                yield stored(row)

    def count(self, wanted: Wanted) -> int:
        """How many events that are."""
        query = select(func.count()).select_from(EVENTS).where(*wanted.of(EVENTS.c))
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def prune(self, days: int) -> int:
        """How many events were deleted, all that came in more days ago; none for 0 days."""
        if not days:
            return 0
        return prune(self._database, stamp(self._now() - timedelta(days=days)))

    def forget(self, site: str, start: Person, *, only_tell: bool = False) -> Forgotten:
        """Forgets a customer as `forgetting.forget` does."""
        return forget(self._database, site, start, only_tell=only_tell)

    def wipe_log(self) -> None:
        """Leaves nothing of what was deleted in SQLite's log."""
        self._database.wipe_log()

    def add_token(self, site: str, token_hash: str) -> None:
        """Makes the site known, if it is not, and the token one of its tokens."""
        row = {"site": site, "token_hash": token_hash, "created_at": stamp(self._now())}
        with self._database.writing() as connection:
            connection.execute(insert(SITES), row)

    def remove_tokens(self, site: str) -> int:
        """How many tokens the site had; now it has none. Its events stay."""
        with self._database.writing() as connection:
            return connection.execute(delete(SITES).where(SITES.c.site == site)).rowcount

    def remove_token(self, token_hash: str) -> None:
        """Makes one token invalid."""
        with self._database.writing() as connection:
            connection.execute(delete(SITES).where(SITES.c.token_hash == token_hash))

    def site_of(self, token_hash: str) -> str | None:
        """The site that was given this token."""
        with self._database.reading() as connection:
            return connection.scalar(select(SITES.c.site).where(SITES.c.token_hash == token_hash))

    def sites(self) -> list[KnownSite]:
        """Every site by name, once for each of its tokens."""
        query = select(SITES.c.site, SITES.c.created_at).order_by(SITES.c.site, SITES.c.created_at)
        with self._database.reading() as connection:
            return [KnownSite(*row) for row in connection.execute(query)]
