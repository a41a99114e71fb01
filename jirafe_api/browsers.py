"""What browsers send: kept for known sites, from pages that may; every outcome is counted."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from jirafe_api import body
from jirafe_api.contract import check
from jirafe_api.credentials import loggable
from jirafe_api.errors import Invalid, NotAuthorized, Refused
from jirafe_api.sites import Sites
from jirafe_api.store import Store

logger = logging.getLogger(__name__)

SITES_KNOWN_FOR = 10.0
"""Seconds in which the known sites are looked up once, however many pages are viewed."""


class Browsers:
    """Takes pageviews and visits, which come without a token: a site's name is no secret."""

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
        self._known: frozenset[str] | None = None
        self._known_until = 0.0

    def take(self, kind: str, read: Callable[[], bytes], origin: str | None) -> None:
        """Keeps the event whose JSON `read` returns; Refused where it is not accepted.

        `kind` is pageview or visit, `origin` that of the page. StoreError where the database
        fails.
        """
        outcome = "unknown"
        try:
            event = body.parse(read())
            self._admit(kind, event, origin)
            self._store.add(event["site"], [(kind, event)])
            outcome = "accepted"
        except Refused as error:
            outcome = error.error_type
            logger.warning("Refused a %s: %s%s", kind, outcome, _where(error))
            raise
        finally:
            self._count(kind, outcome)

    def counts(self) -> dict[tuple[str, str], int]:
        """How often this process saw each (kind, outcome).

        An outcome is `accepted` or an error_type; `unknown` is a database that failed.
        """
        with self._lock:
            return dict(self._counts)

    def _admit(self, kind: str, event: Any, origin: str | None) -> None:
        if errors := check(kind, event):
            raise Invalid(errors)
        site = event["site"]
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

    def _count(self, kind: str, outcome: str) -> None:
        with self._lock:
            self._counts[kind, outcome] += 1


def _where(error: Refused) -> str:
    """The paths of what is not valid: names of ours, never what was sent."""
    paths = sorted(error.errors) if isinstance(error, Invalid) else []
    return f" at {', '.join(path or '(root)' for path in paths)}" if paths else ""
