"""Accept events from browsers for known sites, from allowed origins, within limits."""

import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jirafe_api.contract.json_schemas import MEMBER_NAMES
from jirafe_api.contract.kinds import V2, Event
from jirafe_api.credentials import loggable
from jirafe_api.errors import Invalid, NotAuthorized, RateLimited, Refused
from jirafe_api.storage.sites import Sites
from jirafe_api.storage.store import Store
from jirafe_api.strict_json import dumps
from jirafe_api.web.trackers.rate_limits import MINUTE, Allowance
from jirafe_api.web.trackers.stored_bytes import TrackerBytes

logger = logging.getLogger(__name__)

SITES_CACHED_FOR = 10.0
"""Seconds for which the known sites are cached."""

_MOST_LOGGED = 10


@dataclass(frozen=True)
class Client:
    """Where a request comes from: the network address, and the origin of the page if known."""

    address: str
    origin: str | None


@dataclass(frozen=True)
class Sent:
    """A browser's request: its site, and its (kind, event) pairs.

    `events` is called for admitted sites only, and raises Refused if they cannot be accepted.
    """

    site: str
    events: Callable[[], list[tuple[str, Event]]]
    version: int = V2


class Trackers:
    """Accepts events from the pages of shops without a token, because pages cannot keep one."""

    def __init__(
        self,
        sites: Sites,
        store: Store,
        origins: Mapping[str, frozenset[str]],
        requests_per_minute: int = 0,
        bytes_per_day: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Accept a site that is missing in `origins` from anywhere; 0 means no limit.

        Requests are limited per client address and site in this process, and stored bytes per site
        in all processes. `clock` returns monotonic seconds.
        """
        self._sites = sites
        self._store = store
        self._origins = origins
        self._requests = Allowance(requests_per_minute, MINUTE, clock)
        self._bytes = TrackerBytes(store.database, store.now, bytes_per_day)
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._report: Callable[[str, str], object] | None = None
        self._known: frozenset[str] | None = None
        self._known_until = 0.0

    def accept(self, what: str, read: Callable[[], Sent], client: Client) -> None:
        """Store the events that `read` returns, all or none. Raise Refused if one is not accepted.

        `what` is the name for counts and logs. Raise DatabaseUnavailableError if the database
        fails.
        """
        outcome = "unknown"
        try:
            sent = read()
            self._admit(sent.site, client)
            events = sent.events()
            _require(self._bytes.seconds_to_wait(sent.site, len(dumps(events))))
            self._store.add(sent.site, events, sent.version)
            outcome = "accepted"
        except Refused as error:
            outcome = error.error_type
            logger.warning("Refused a %s: %s%s", what, outcome, _where(error))
            raise
        finally:
            self._count(what, outcome)

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how often this process saw each (what, outcome).

        The first is `pageview`, `visit` or, in version 1, `wrapper`. The outcome is `accepted` or
        an error_type; `unknown` means that the database failed.
        """
        with self._lock:
            return dict(self._counts)

    def report_to(self, count: Callable[[str, str], object]) -> None:
        """Report every (what, outcome) to `count` as well."""
        self._report = count

    def _admit(self, site: str, client: Client) -> None:
        if site not in self._known_sites():
            logger.warning("Unknown site: %s", loggable(site))
            raise NotAuthorized
        if site in self._origins and client.origin not in self._origins[site]:
            logger.warning("The page's origin is not allowed for site %s", site)
            raise NotAuthorized
        _require(self._requests.seconds_to_wait((client.address, site)))

    def _known_sites(self) -> frozenset[str]:
        """Return the cached sites; other threads use the old ones during a lookup."""
        now = self._clock()
        known = self._known
        if known is None or now >= self._known_until:
            self._known_until = now + SITES_CACHED_FOR
            known = self._known = frozenset(found.site for found in self._sites.all())
        return known

    def _count(self, what: str, outcome: str) -> None:
        with self._lock:
            self._counts[what, outcome] += 1
        if self._report:
            self._report(what, outcome)


def _require(seconds_to_wait: int) -> None:
    if seconds_to_wait:
        raise RateLimited(seconds_to_wait)


def _where(error: Refused) -> str:
    """Return the first invalid paths; only names in our schemas are safe to log."""
    if not isinstance(error, Invalid):
        return ""
    paths = sorted({_loggable_path(path) or "(root)" for path in error.errors})
    more = ["…"] if len(paths) > _MOST_LOGGED else []
    return f" at {', '.join(paths[:_MOST_LOGGED] + more)}"


def _loggable_path(path: str) -> str:
    return ".".join(step if _is_ours(step) else "?" for step in path.split(".") if path)


def _is_ours(step: str) -> bool:
    return step in MEMBER_NAMES or re.fullmatch("[0-9]{1,6}", step) is not None
