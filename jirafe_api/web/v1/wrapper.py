"""The wrapper in which beacons send their events: its form, and what is kept of it."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from jirafe_api.contract.kinds import Event
from jirafe_api.contract.validation import MOST_PROBLEMS, check
from jirafe_api.web import body
from jirafe_api.web.v1 import organization

LIMIT = 256 * 1024
"""The largest wrapper, in bytes: it tells of one page, and a cart of 500 lines has 150 kB."""

_CONTEXT = ("org", "site", "timestamp", "page", "visit", "customer")

EVENT_SCHEMAS = {
    "pageview": "v1/pageview",
    "visit": "v1/event",
    "add_to_cart": "v1/cart-change",
    "remove_from_cart": "v1/cart-change",
    "edit_cart": "v1/cart-change",
    "order_success": "v1/order-success",
    "funnel": "v1/funnel",
}
"""What an event of each kind is checked by, once it is one by `v1/event`."""


def problems_of_outline(wrapper: Any) -> dict[str, str]:
    """What keeps a wrapper from telling its site: messages by path; {} where it does."""
    return check("v1/wrapper-outline", wrapper)


def problems(wrapper: Any) -> dict[str, str]:
    """What is wrong with a wrapper, its events aside: messages by path; {} when valid."""
    return check("v1/wrapper", wrapper) or organization.problems(str(wrapper["org"]))


def is_too_large(wrapper: dict[str, Any]) -> bool:
    """Whether its events would have over 10 MB with what goes to each."""
    return len(wrapper["data"]) * len(json.dumps(_context(wrapper))) > body.LIMIT


def problems_of_events(events: list[Any]) -> dict[str, str]:
    """What is wrong with the events, by paths such as `data.2.page_type`; the first hundred."""
    return dict(islice(_problems_of_events(events), MOST_PROBLEMS))


def events(wrapper: dict[str, Any]) -> list[tuple[str, Event]]:
    """The (kind, event) pairs to keep of a valid wrapper, in its order.

    Each event is kept under the name of its kind, as in version 2, beside the wrapper's context:
    `{"org": "1", "site": "1", "page": {…}, "visit": {…}, "pageview": {"page_type": …}}`. An event
    of the kind visit joins the wrapper's visit. The visitor's cookies, and members that are not
    documented, are left out: nobody needs them, and they may tell who somebody is.
    """
    context = _context(wrapper)
    return [(event["event_type"], _joined(context, event)) for event in wrapper["data"]]


def _context(wrapper: dict[str, Any]) -> Event:
    names = {"org": str(wrapper["org"]), "site": str(wrapper["site"])}
    return {name: wrapper[name] for name in _CONTEXT if name in wrapper} | names


def _joined(context: Event, event: Event) -> Event:
    kind = event["event_type"]
    return context | {kind: event | context.get(kind, {})}


def _problems_of_events(events: list[Any]) -> Iterator[tuple[str, str]]:
    for place, event in enumerate(events):
        errors = check("v1/event", event) or check(EVENT_SCHEMAS[event["event_type"]], event)
        for path, message in errors.items():
            yield f"data.{place}.{path}" if path else f"data.{place}", message
