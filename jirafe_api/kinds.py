"""The kinds of event by version of the API, and what each event says of itself."""

from typing import Any

Event = dict[str, Any]

V2 = 2

_IDENTIFIERS = {
    (V2, "order"): "order_number",
}
"""Where an event of a kind has its id, as a path; most have it at `id`."""


def own_id(version: int, kind: str, event: Event) -> str:
    """What a valid event is known by: an order's number, the id of most others."""
    value: Any = event
    for step in _IDENTIFIERS.get((version, kind), "id").split("."):
        value = value[step]
    return str(value)
