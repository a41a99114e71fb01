"""Limit how many webhooks of a site may wait in the inbox."""

import math
import time

from sqlalchemy import func, select

from database.transactions import Database
from jirafe_endpoint.errors import TooManyError
from jirafe_endpoint.messages.notifications import Notification
from jirafe_endpoint.shops.tables import INBOX

MOST_PER_SITE, MOST_BYTES_PER_SITE = 100_000, 512 * 1024 * 1024
"""The number and the bytes of waiting webhooks beyond which a site's next ones are refused."""

COUNTED_FOR = 5.0
"""Seconds for which a count holds, so that few webhooks cost a query of their own."""

RETRY_AFTER = 300
"""Seconds after which a refused webhook can be sent again."""


class Backlog:
    """The waiting webhooks of each site, counted every few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: dict[str, tuple[float, bool]] = {}  # until when, and whether it is full

    def require_room(self, site: str) -> None:
        """Raise TooManyError if too many webhooks of a connected shop wait.

        Raise DatabaseUnavailableError if the database fails.
        """
        now = time.monotonic()
        until, is_full = self._counted.get(site, (-math.inf, False))
        if now >= until:
            is_full = self._is_full(site)
            self._counted[site] = now + COUNTED_FOR, is_full
        if is_full:
            note = Notification(
                "error",
                "The webhook was not stored.",
                "Too many webhooks of this shop wait to be processed; send this one again later.",
            )
            raise TooManyError([note], retry_after=RETRY_AFTER)

    def _is_full(self, site: str) -> bool:
        of_site = select(func.count(), func.sum(INBOX.c.bytes)).where(INBOX.c.site == site)
        with self._database.reading() as connection:
            count, size = connection.execute(of_site).one()
        return count >= MOST_PER_SITE or (size or 0) >= MOST_BYTES_PER_SITE
