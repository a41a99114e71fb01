"""Reads what changed in the connected shops from time to time, and so finds what webhooks lost."""

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
"""Seconds until the first look whether a shop is to be read, and between two looks."""

RARELY = timedelta(days=1)
"""Least time between two readings of lists that can only be read as a whole."""

SendOf = Callable[[ConnectedShop], Callable[[HubMessage], str | None]]
"""Returns what sends the messages of a shop."""

log = logging.getLogger(__name__)


class Schedule:
    """What is to be read of a shop, and when.

    Orders that changed are read every `interval`. Other lists have no changes to ask for, so they
    are read at most once a day, and only if they were imported before. An import that was
    interrupted is finished first.
    """

    def __init__(
        self, imports: Imports, interval: timedelta, clock: Callable[[], datetime]
    ) -> None:
        self._imports = imports
        self._interval = interval
        self._clock = clock

    def due(self, shop: ConnectedShop) -> tuple[str, datetime | None] | None:
        """Return the list to read next, and the time since which; None if nothing is due."""
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
    """Reads shops by the schedule; of all processes, one at a time reads a shop."""

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
        """Look from time to time until it is stopped."""
        pause = FIRST_LOOK
        # Not all processes look at the same time.
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
        except (ShopError, EndpointError) as error:  # the turn ends by itself, as a pause
            reason = error.why if isinstance(error, EndpointError) else error
            log.warning("Shop %s was not synchronized: %s", shop.site, reason)
            self._metrics.count_sync("failed")
        except TakenOverError:
            log.info("Another process reads shop %s", shop.site)
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
