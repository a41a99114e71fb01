"""Read the changes in the connected shops at intervals, to find orders whose webhooks got lost."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.errors import EndpointError
from jirafe_endpoint.observability.metrics import Metrics
from jirafe_endpoint.shops.api_pool import open_api
from jirafe_endpoint.shops.connections import ConnectedShop, SecretKeyError, ShopConnections
from jirafe_endpoint.shops.history.imports import Import, Imports, TakenOverError, Turn
from jirafe_endpoint.shops.history.reading import GENTLY, LISTS, run
from jirafe_endpoint.shops.worker import Background
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


class SyncWorker(Background):
    """Reads shops by the schedule. Only one process at a time reads a shop."""

    def __init__(
        self,
        connections: ShopConnections,
        imports: Imports,
        schedule: Schedule,
        send_of: SendOf,
        metrics: Metrics,
        is_alive: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__("sync", is_alive)
        self._connections = connections
        self._imports = imports
        self._schedule = schedule
        self._send_of = send_of
        self._metrics = metrics

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
        """Read all shops that are due."""
        try:
            for shop in self._connections.all():
                if shop.kind and not self.is_stopping() and self._schedule.due(shop):
                    self._read(shop)
        except (DatabaseUnavailableError, SecretKeyError) as error:
            log.warning("Connected shops cannot be synchronized: %s", error)

    def _read(self, shop: ConnectedShop) -> None:
        turn = self._imports.take_free_turn(shop.site)
        if turn is None:
            return
        try:
            self._read_all(shop, turn)
        except (ShopError, EndpointError) as error:  # the turn expires, which makes a pause
            reason = error.why if isinstance(error, EndpointError) else error
            log.warning("Shop %s was not synchronized: %s", shop.site, reason)
            self._metrics.count_sync("failed")
        except TakenOverError:
            log.info("Another process has taken over reading shop %s", shop.site)
        else:
            self._imports.give_back(turn)

    def _read_all(self, shop: ConnectedShop, turn: Turn) -> None:
        api = open_api(shop, GENTLY)
        while not self.is_stopping() and (due := self._schedule.due(shop)):
            name, since = due
            one = self._imports.begin(turn, name, since)
            for done in run(api, self._imports, one, self._send_of(shop), self.stopping):
                if done.finished_at:
                    outcomes = dict(done.report.outcomes)
                    log.info("Read %s of shop %s: %s", name, shop.site, outcomes)
                    self._metrics.count_sync("done")
                elif self.is_stopping():
                    return


def _connected(shop: ConnectedShop) -> datetime | None:
    return datetime.fromisoformat(shop.created_at) if shop.created_at else None
