"""The parts of a running API, and how events are accepted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from flask import current_app, request

from jirafe_api.contract.kinds import KINDS, Event
from jirafe_api.contract.validation import check
from jirafe_api.credentials import bearer
from jirafe_api.errors import Answer, Invalid, InvalidType, Refused, TooLarge
from jirafe_api.storage.sites import WRITE, Sites
from jirafe_api.storage.store import Row, Store, rows_of
from jirafe_api.web.bodies import Bodies
from jirafe_api.web.trackers.acceptance import Trackers

EXTENSION = "jirafe_api"

WRITING = ("POST", "PUT")
"""Methods with the same meaning: Jirafe's documentation and clients use both."""

MOST_EVENTS = 100_000  # each gets an answer; those to 10 MB of `1` would take half a GB


@dataclass(frozen=True)
class Api:
    """The parts of one API. `clients` and `browsers` are their bodies in progress."""

    store: Store
    sites: Sites
    trackers: Trackers
    events_retention_days: int = 0
    clients: Bodies = field(default_factory=Bodies)
    browsers: Bodies = field(default_factory=Bodies)

    def accept(self, site: str, kind: str, event: Any) -> None:
        """Store one event. Raise InvalidType or Invalid if it is not accepted."""
        _require_valid(kind, event)
        self.store.add(site, [(kind, event)])

    def rows(self, site: str, kind: str, event: Event, now: datetime) -> list[Row]:
        """Return the rows for `append` of an event that arrived now.

        Raise InvalidType or Invalid.
        """
        _require_valid(kind, event)
        return rows_of(site, [(kind, event)], now)

    def accept_batch(self, site: str, batch: Any) -> dict[str, list[Answer]]:
        """Store the valid events of a batch in one transaction and return an answer for each.

        `batch` and the answers are lists by kind. Raise Invalid if it has another form, and
        TooLarge if it has more than 100,000 events.
        """
        if errors := check("batch", batch):
            raise Invalid(errors)
        if sum(map(len, batch.values())) > MOST_EVENTS:
            raise TooLarge
        accepted: list[tuple[str, Event]] = []
        answers = _answers(batch, accepted)
        self.store.add(site, accepted)
        return answers


def current_api() -> Api:
    """Return the parts of the current application."""
    return cast("Api", current_app.extensions[EXTENSION])


def admit(site: str, scope: str = WRITE) -> None:
    """Raise Refused unless the request has a bearer token of the site for this scope."""
    current_api().sites.admit(bearer(request.headers.get("Authorization", "")), site, scope)


def _answers(
    batch: Mapping[str, list[Any]], accepted: list[tuple[str, Event]]
) -> dict[str, list[Answer]]:
    return {
        kind: [_answer(kind, event, accepted) for event in events] for kind, events in batch.items()
    }


def _answer(kind: str, event: Any, accepted: list[tuple[str, Event]]) -> Answer:
    try:
        _require_valid(kind, event)
    except Refused as error:
        return error.answer()
    accepted.append((kind, event))
    return {"success": True}


def _require_valid(kind: str, event: Any) -> None:
    if kind not in KINDS:
        raise InvalidType
    if errors := check(kind, event):
        raise Invalid(errors)
