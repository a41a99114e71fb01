"""Read the changes in the connected shops at intervals, to find orders whose webhooks got lost."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.errors import EndpointError
from jirafe_endpoint.observability.metrics import Metrics
from jirafe_endpoint.shops.api_pool import ApiPool
from jirafe_endpoint.shops.connections import ConnectedShop, SecretKeyError, ShopConnections
from jirafe_endpoint.shops.history.imports import Import, Imports, TakenOverError, Turn
from jirafe_endpoint.shops.history.reading import GENTLY, LISTS, run
from jirafe_endpoint.shops.workers.background import Background
from spree.api.errors import ShopError
from spree.messages import HubMessage

FIRST_LOOK, LOOK = 3.0, 30.0
"""Seconds until the first check whether a shop is due, and between two checks."""

RARELY = timedelta(days=1)
"""The least time between two readings of a list that can only be read as a whole."""

SendOf = Callable[[ConnectedShop], Callable[[HubMessage], str | None]]
"""Returns a function that sends messages of a shop."""

log = logging.getLogger(__name__)


class Schedule:
    """Decides what to read from a shop, and when.

    Changed orders are read every `interval`. Other lists cannot be filtered by change, so they are
    read at most once a day, and only if they were imported before. Interrupted imports are
    finished first.
    """

    def __init__(
        self, imports: Imports, interval: timedelta, clock: Callable[[], datetime]
    ) -> None:
        self._imports = imports
        self._interval = interval
        self._clock = clock

    def due(self, shop: ConnectedShop) -> tuple[str, datetime | None] | None:
        """Return the list to read next and the time from which to read it, or None."""
        for name in LISTS:
            last = self._imports.last(shop.site, name)
            if last is None and name != "orders":
                continue
            if last is None or self._is_due(last):
                since = self._imports.next_since(shop.site, name) if last else _connected(shop)
                return name, since if name == "orders" else None
        return None

    def _is_due(self, last: Import) -> bool:
        pause = self._interval if last.list == "orders" else max(self._interval, RARELY)
        return last.finished_at is None or last.started_at + pause <= self._clock()


class ShopReader:
    """Reads the due lists of a shop, one page at a time."""

    def __init__(
        self, imports: Imports, schedule: Schedule, send_of: SendOf, metrics: Metrics
    ) -> None:
        self.imports = imports
        self.schedule = schedule
        self._send_of = send_of
        self._metrics = metrics
        self._apis = ApiPool(GENTLY)

    def read_page(self, shop: ConnectedShop, turn: Turn, stopping: Event) -> bool:
        """Read and send a page; return whether to go on. The turn is given back at the end.

        Once `stopping` is set, messages are not retried.
        """
        try:
            if self._read_page(shop, turn, stopping):
                return True
        except (ShopError, EndpointError) as error:
            reason = error.why if isinstance(error, EndpointError) else error
            log.warning("Shop %s was not synchronized: %s", shop.site, reason)
            self._metrics.count_sync("failed")
            if not stopping.is_set():
                return False  # the turn expires, which makes a pause
        except TakenOverError:
            log.info("Another process has taken over reading shop %s", shop.site)
            return False
        self.imports.give_back(turn)
        return False

    def _read_page(self, shop: ConnectedShop, turn: Turn, stopping: Event) -> bool:
        """Return False if there was nothing to read."""
        due = self.schedule.due(shop)
        if due is None:
            return False
        current = self.imports.begin(turn, *due)
        with self._apis.borrowed(shop) as api:
            pages = run(api, self.imports, current, self._send_of(shop), stopping)
            done = next(pages, current)
            pages.close()
        if done.finished_at:
            log.info("Read %s of shop %s: %s", done.list, shop.site, dict(done.report.outcomes))
            self._metrics.count_sync("done")
        return True


class SyncWorker(Background):
    """Starts reading the shops that are due. Only one process at a time reads a shop.

    `begin` has the pages of a shop read by others, and returns False if it cannot; by default,
    this worker reads them itself. At most `most` shops are read at once.
    """

    def __init__(
        self,
        connections: ShopConnections,
        reader: ShopReader,
        is_alive: Callable[[], bool] = lambda: True,
        begin: Callable[[Turn], bool] = lambda _: False,
        most: int | None = None,
    ) -> None:
        super().__init__("sync", is_alive)
        self._connections = connections
        self._reader = reader
        self._begin = begin
        self._most = most

    def run(self) -> None:
        """Check from time to time, until it is stopped."""
        pause = FIRST_LOOK
        # Random, so that not all processes check at the same time.
        while not self.stopping.wait(pause * random.uniform(0.5, 1.5)):  # noqa: S311
            if self.is_stopping():
                return
            self.look()
            pause = LOOK

    def look(self) -> None:
        """Start reading all shops that are due."""
        try:
            for shop in self._connections.all():
                if shop.kind and not self.is_stopping() and self._reader.schedule.due(shop):
                    self._read(shop)
        except (DatabaseUnavailableError, SecretKeyError) as error:
            log.warning("Connected shops cannot be synchronized: %s", error)
        except Exception:  # or no shop would be synchronized until the next start
            log.exception("Unexpected error while synchronizing connected shops")

    def _read(self, shop: ConnectedShop) -> None:
        imports = self._reader.imports
        if self._most is not None and imports.being_read() >= self._most:
            return
        turn = imports.take_free_turn(shop.site)
        if turn is None or self._begin(turn):
            return
        while self._reader.read_page(shop, turn, self.stopping):
            if self.is_stopping():
                imports.give_back(turn)
                return


def _connected(shop: ConnectedShop) -> datetime | None:
    return datetime.fromisoformat(shop.created_at) if shop.created_at else None
