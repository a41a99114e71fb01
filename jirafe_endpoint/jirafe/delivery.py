"""How a message's events get to Jirafe: encoded, through their site's lane."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from jirafe_endpoint.jirafe.batching_policy import Pace, Watch
from jirafe_endpoint.jirafe.client import JirafeClient
from jirafe_endpoint.jirafe.embedded import EmbeddedAdapter
from jirafe_endpoint.jirafe.encoding import Event, Outgoing, outgoing
from jirafe_endpoint.jirafe.lane import Send
from jirafe_endpoint.jirafe.lanes import Lanes
from jirafe_endpoint.jirafe.results import Result
from jirafe_endpoint.jirafe.session import build_session

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

EMBEDDED_URL = "http://jirafe.invalid/v2"
"""Where the client finds an API in this process: a name that no network knows."""


def open_delivery(
    api: "str | WSGIApplication",
    user_agent: str,
    connect_time: float,
    pace: Pace,
    watch: Watch,
    request_id: Callable[[], str],
) -> "Delivery":
    """Return a delivery to the Jirafe Events API at a URL, or to one in this process.

    `request_id` tells by which request the calling thread's message came.
    """
    session = build_session(user_agent)
    url = api if isinstance(api, str) else EMBEDDED_URL
    if not isinstance(api, str):
        session.mount(EMBEDDED_URL, EmbeddedAdapter(api))
    client = JirafeClient(session, url, connect_time, pace.post_time)
    return Delivery(client, pace, watch, request_id)


class Delivery:
    """Delivers messages to the Jirafe Events API, those of a site together."""

    def __init__(
        self, client: JirafeClient, pace: Pace, watch: Watch, request_id: Callable[[], str]
    ) -> None:
        """Take the client, the pace of the lanes, and as `open_delivery`."""
        self.client = client
        self._watch = watch
        self._request_id = request_id
        self._lanes = Lanes(self._sender, pace, breakers_are_open=watch.breakers_are_open)

    def send(self, site: str, token: str, events: Sequence[Event], deadline: float) -> list[Result]:
        """Send a message's events, and return what became of each.

        `deadline` is in the monotonic clock's seconds: by then this has returned.
        """
        request_id = self._request_id()
        parcel = [outgoing(event, request_id) for event in events]
        with self._watch.waiting():
            return self._lanes.deliver(site, token, parcel, deadline)

    def _sender(self, site: str, token: str) -> Send:
        def send(groups: Sequence[Sequence[Outgoing]]) -> list[list[Result]]:
            self._watch.post_starts(sum(len(group) for group in groups))
            return self.client.send(site, token, groups)

        return send
