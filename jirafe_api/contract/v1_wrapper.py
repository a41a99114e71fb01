"""The wrapper in which version 1's beacons send events: its validation, and the events in it."""

from collections.abc import Iterator
from typing import Any

from jirafe_api.contract.kinds import V1, Event, schema_of
from jirafe_api.contract.v1_rules import problems_of_organization
from jirafe_api.contract.validation import Problem, check, gathered
from jirafe_api.strict_json import dumps

LIMIT = 256 * 1024
"""Bytes of the largest wrapper. It is about one page, and a cart of 500 lines has 150 kB."""

_CONTEXT = ("org", "site", "timestamp", "page", "visit", "customer")


def problems_of_outline(wrapper: Any) -> dict[str, str]:
    """Return why the site of a wrapper cannot be read: messages by path; {} if it can."""
    return check("v1/wrapper-outline", wrapper)


def problems(wrapper: Any) -> dict[str, str]:
    """Return the errors in a wrapper, except in its events: messages by path; {} if valid."""
    return check("v1/wrapper", wrapper) or problems_of_organization(str(wrapper["org"]))


def repeats_too_much(wrapper: dict[str, Any]) -> bool:
    """Return whether the context, stored with every event, exceeds the size of a wrapper."""
    return len(wrapper["data"]) * len(dumps(_context(wrapper))) > LIMIT


def problems_of_events(events: list[Any]) -> dict[str, str]:
    """Return the errors in the events, by paths such as `data.2.page_type`; {} if valid."""
    return gathered(_problems_of_events(events))


def events(wrapper: dict[str, Any]) -> list[tuple[str, Event]]:
    """Return the (kind, event) pairs to store for a valid wrapper, in its order.

    Each event is stored under the name of its kind, as in version 2, next to the wrapper's context:
    `{"org": "1", "site": "1", "page": {…}, "visit": {…}, "pageview": {"page_type": …}}`. An event
    of the kind visit is merged with the wrapper's visit. The visitor's cookies and undocumented
    members are dropped, because they are not needed and may identify a person.
    """
    context = _context(wrapper)
    return [(event["event_type"], _joined(context, event)) for event in wrapper["data"]]


def _context(wrapper: dict[str, Any]) -> Event:
    names = {"org": str(wrapper["org"]), "site": str(wrapper["site"])}
    return {name: wrapper[name] for name in _CONTEXT if name in wrapper} | names


def _joined(context: Event, event: Event) -> Event:
    kind = event["event_type"]
    return context | {kind: event | context.get(kind, {})}


def _problems_of_events(events: list[Any]) -> Iterator[Problem]:
    for place, event in enumerate(events):
        errors = check("v1/event", event) or check(schema_of(V1, event["event_type"]), event)
        for path, message in errors.items():
            yield f"data.{place}.{path}" if path else f"data.{place}", message
