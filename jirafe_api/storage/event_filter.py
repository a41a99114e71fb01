"""Which of the kept events somebody asks for."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from jirafe_api.storage.stored_event import key


@dataclass(frozen=True)
class Wanted:
    """Events of one site, kind, id and version of the API, each where it is given.

    `since` and `until` bound the time at which they came in, the latter exclusively; they are
    texts as `times.stamp` makes.
    """

    site: str | None = None
    kind: str | None = None
    id: str | None = None
    version: int | None = None
    since: str | None = None
    until: str | None = None

    def of(self, events: Any) -> list[ColumnElement[bool]]:
        """The conditions on the columns of `events`, the table or an alias of it."""
        own = {
            events.site: self.site,
            events.kind: self.kind,
            events.event_id: None if self.id is None else key(self.id),
            events.version: self.version,
        }
        conditions = [column == value for column, value in own.items() if value is not None]
        if self.since is not None:
            conditions.append(events.received_at >= self.since)
        if self.until is not None:
            conditions.append(events.received_at < self.until)
        return conditions
