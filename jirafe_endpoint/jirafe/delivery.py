"""How a message's events get to Jirafe: encoded, through their site's lane."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from jirafe_endpoint.jirafe.client import JirafeClient
from jirafe_endpoint.jirafe.embedded import EmbeddedAdapter
from jirafe_endpoint.jirafe.lane import Send
from jirafe_endpoint.jirafe.lanes import Lanes
from jirafe_endpoint.jirafe.outgoing import Event, outgoing
from jirafe_endpoint.jirafe.pace import Pace
from jirafe_endpoint.jirafe.session import build_session
from jirafe_endpoint.results import Result

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

EMBEDDED_URL = "http://jirafe.invalid/v2"
"""Where the client finds an API in this process: a name that no network knows."""


def open_delivery(
    api: "str | WSGIApplication", user_agent: str, connect_time: float, pace: Pace
) -> "Delivery":
    """Return a delivery to the Jirafe Events API at a URL, or to one in this process."""
    session = build_session(user_agent)
    url = api if isinstance(api, str) else EMBEDDED_URL
    if not isinstance(api, str):
        session.mount(EMBEDDED_URL, EmbeddedAdapter(api))
    return Delivery(JirafeClient(session, url, connect_time, pace.post_time), pace)


class Delivery:
    """Delivers messages to the Jirafe Events API, those of a site together."""

    def __init__(self, client: JirafeClient, pace: Pace) -> None:
        """Take the client and the pace of the lanes."""
        self._client = client
        self._lanes = Lanes(self._sender, pace)

    def deliver(
        self, site: str, token: str, events: Sequence[Event], deadline: float
    ) -> list[Result]:
        """Send a message's events, and return what became of each.

        `deadline` is in the monotonic clock's seconds: by then this has returned.
        """
        return self._lanes.deliver(site, token, [outgoing(event) for event in events], deadline)

    def _sender(self, site: str, token: str) -> Send:
        return partial(self._client.send, site, token)
