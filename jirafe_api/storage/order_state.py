"""An order as it is now, of the events that tell the steps of its life."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from jirafe_api.storage.stored_event import StoredEvent


def state(steps: Sequence[StoredEvent]) -> StoredEvent:
    """The order as the newest event of each status tell it together, later ones over earlier ones.

    It keeps the visit of the placed, the items and totals of the accepted, and the cancel_date of
    the cancelled event: of several with its date the first, as the others are repeats. An order
    that was cancelled is accepted again by any event that both came later and tells of a later
    change. Orders of version 1, which have no status, are one event.
    """
    placed, accepted, of_version_1 = (_newest(steps, told) for told in ("placed", "accepted", None))
    cancelled = _end(steps)
    if cancelled and any(_accepts_again(step, cancelled) for step in steps):
        cancelled = None
    told = [step for step in (placed, accepted, cancelled) if step]
    if of_version_1 and of_version_1 is max([*told, of_version_1], key=_newness):
        return of_version_1
    event = {name: value for step in told for name, value in step.event.items()}
    latest = max(told, key=lambda step: step.seq)
    return replace(latest, status=told[-1].status, event=event)


def _newest(steps: Iterable[StoredEvent], status: str | None) -> StoredEvent | None:
    return max((step for step in steps if step.status == status), key=_newness, default=None)


def _newness(step: StoredEvent) -> tuple[str, int]:
    return step.changed_at, step.seq


def _end(steps: Iterable[StoredEvent]) -> StoredEvent | None:
    ends = [step for step in steps if step.status == "cancelled"]
    return max(ends, key=lambda end: (end.changed_at, -end.seq), default=None)


def _accepts_again(step: StoredEvent, end: StoredEvent) -> bool:
    is_after = step.seq > end.seq and step.changed_at > end.changed_at
    return step.status == "accepted" and is_after
