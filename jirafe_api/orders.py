"""An order as it is now, of the events that tell the steps of its life."""

from collections.abc import Sequence
from dataclasses import replace

from jirafe_api.stored import StoredEvent


def state(steps: Sequence[StoredEvent]) -> StoredEvent:
    """The order as the newest event of each status tell it together, later ones over earlier ones.

    It keeps the visit of the placed, the items and totals of the accepted, and the cancel_date of
    the cancelled event. An order that was cancelled is accepted again only by an event that both
    came later and tells of a later change. Orders of version 1, which have no status, are one
    event.
    """
    newest = max(steps, key=lambda step: (step.changed_at, step.seq))
    if newest.status is None:
        return newest
    by_status = {step.status: step for step in steps}
    placed, accepted, cancelled = map(by_status.get, ("placed", "accepted", "cancelled"))
    if accepted and cancelled and _is_after(accepted, cancelled):
        cancelled = None
    told = [step for step in (placed, accepted, cancelled) if step]
    event = {name: value for step in told for name, value in step.event.items()}
    latest = max(told, key=lambda step: step.seq)
    return replace(latest, status=told[-1].status, event=event)


def _is_after(one: StoredEvent, other: StoredEvent) -> bool:
    return one.seq > other.seq and one.changed_at > other.changed_at
