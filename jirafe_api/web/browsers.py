"""What browsers send: kept for known sites, from pages that may; every outcome is counted."""

import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jirafe_api.contract.kinds import V2, Event
from jirafe_api.contract.validation import MEMBERS
from jirafe_api.credentials import loggable
from jirafe_api.errors import Invalid, NotAuthorized, Refused
from jirafe_api.storage.sites import Sites
from jirafe_api.storage.store import Store

logger = logging.getLogger(__name__)

SITES_KNOWN_FOR = 10.0
"""Seconds in which the known sites are looked up once, however many pages are viewed."""

_MOST_LOGGED = 10


@dataclass(frozen=True)
class Sent:
    """What a browser sent: the site that it names, and its (kind, event) pairs.

    `events` is called for admitted sites alone, and raises a Refused where it cannot be kept.
    """

    site: str
    events: Callable[[], list[tuple[str, Event]]]
    version: int = V2


class Browsers:
    """Takes what the pages of shops tell, without a token: a site's name is no secret."""

    def __init__(
        self,
        sites: Sites,
        store: Store,
        origins: Mapping[str, frozenset[str]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes the sites, where events are kept, the origins by site, and a clock in seconds.

        A site that is not in `origins` may be sent for from anywhere.
        """
        self._sites = sites
        self._store = store
        self._origins = origins
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._also: Callable[[str, str], object] | None = None
        self._known: frozenset[str] | None = None
        self._known_until = 0.0

    def take(self, what: str, read: Callable[[], Sent], origin: str | None) -> None:
        """Keeps the events that `read` returns, all or none; Refused where one is not accepted.

        `what` is the name under which this is counted and logged, `origin` that of the page.
        DatabaseUnavailableError where the database fails.
        """
        outcome = "unknown"
        try:
            sent = read()
            self._admit(sent.site, origin)
            self._store.add(sent.site, sent.events(), sent.version)
            outcome = "accepted"
        except Refused as error:
            outcome = error.error_type
            logger.warning("Refused a %s: %s%s", what, outcome, _where(error))
            raise
        finally:
            self._count(what, outcome)

    def counts(self) -> dict[tuple[str, str], int]:
        """How often this process saw each (what, outcome).

        What is `pageview`, `visit` or, in version 1, `wrapper`. An outcome is `accepted` or an
        error_type; `unknown` is a database that failed.
        """
        with self._lock:
            return dict(self._counts)

    def tell(self, count: Callable[[str, str], object]) -> None:
        """Has each (what, outcome) told to `count`, too, from here on."""
        self._also = count

    def _admit(self, site: str, origin: str | None) -> None:
        if site not in self._known_sites():
            logger.warning("Site %s is not known", loggable(site))
            raise NotAuthorized
        if site in self._origins and origin not in self._origins[site]:
            logger.warning("Site %s may not be sent from the page's origin", site)
            raise NotAuthorized

    def _known_sites(self) -> frozenset[str]:
        """The sites as they were at the last look-up; while one is under way others go on."""
        now = self._monotonic()
        known = self._known
        if known is None or now >= self._known_until:
            self._known_until = now + SITES_KNOWN_FOR
            known = self._known = frozenset(found.site for found in self._sites.all())
        return known

    def _count(self, what: str, outcome: str) -> None:
        with self._lock:
            self._counts[what, outcome] += 1
        if self._also:
            self._also(what, outcome)


def _where(error: Refused) -> str:
    """The first paths of what is not valid, in names of ours alone: others were sent."""
    if not isinstance(error, Invalid):
        return ""
    paths = sorted({_known(path) or "(root)" for path in error.errors})
    more = ["…"] if len(paths) > _MOST_LOGGED else []
    return f" at {', '.join(paths[:_MOST_LOGGED] + more)}"


def _known(path: str) -> str:
    return ".".join(step if _is_ours(step) else "?" for step in path.split(".") if path)


def _is_ours(step: str) -> bool:
    return step in MEMBERS or re.fullmatch("[0-9]{1,6}", step) is not None
