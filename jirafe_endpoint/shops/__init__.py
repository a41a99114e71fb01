"""Connected shops: their credentials, and the inbox that their webhooks go through."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

from jirafe_endpoint.delivery.processor import MessageProcessor
from jirafe_endpoint.observability.metrics import Metrics
from jirafe_endpoint.shops.backlog import Backlog
from jirafe_endpoint.shops.connections import ConnectedShop, ShopConnections
from jirafe_endpoint.shops.history.comparison import Recall, recall_facts
from jirafe_endpoint.shops.history.imports import Imports
from jirafe_endpoint.shops.history.sync import Schedule, ShopReader, SyncWorker
from jirafe_endpoint.shops.inbox import Inbox
from jirafe_endpoint.shops.processing import JobProcessor, Lend
from jirafe_endpoint.shops.workers.background import Background, InboxWorker, Workers
from jirafe_endpoint.state import State
from spree.messages import HubMessage

EXTENSION = "jirafe_endpoint_shops"
"""The key of the Shops in an application's extensions."""


@dataclass(frozen=True)
class Shops:
    """The connected shops, their inbox and its processor, and their imports."""

    connections: ShopConnections
    inbox: Inbox
    backlog: Backlog
    jobs: JobProcessor
    imports: Imports
    recall: Recall
    clock: Callable[[], datetime]
    metrics: Metrics
    sync_interval: timedelta

    def workers(self, is_alive: Callable[[], bool] = lambda: True) -> Workers:
        """Return the workers that process the inbox and read the shops, not started yet."""
        workers: list[Background] = [InboxWorker(self.inbox, self.jobs.process, is_alive)]
        if self.sync_interval:
            workers.append(self.sync_worker(is_alive))
        return Workers(*workers)

    def sync_worker(self, is_alive: Callable[[], bool] = lambda: True, **more: Any) -> SyncWorker:
        """Return the worker that has the shops read at intervals."""
        return SyncWorker(self.connections, self.reader, is_alive, **more)

    @cached_property
    def reader(self) -> ShopReader:
        """The reader of the shops' pages."""
        schedule = Schedule(self.imports, self.sync_interval, self.clock)
        return ShopReader(self.imports, schedule, self.sender, self.metrics)

    def sender(self, shop: ConnectedShop) -> Callable[[HubMessage], str | None]:
        """Return a function that sends messages of a shop."""
        return partial(self.jobs.send_wanted, shop)


def open_shops(
    state: State,
    connections: ShopConnections,
    processor: MessageProcessor,
    metrics: Metrics,
    *,
    lease_seconds: float,
    sync_interval: timedelta,
    lend: Lend | None,
) -> Shops:
    """Return the shops, stored in the state's database. No step of a job may outlast the lease.

    `lend` lends tokens of sites without a shop, if the API is hosted here.
    """
    inbox = Inbox(state.database, state.clock, lease_seconds)
    jobs = JobProcessor(connections, inbox, processor, state, metrics, lend)
    imports = Imports(state.database, state.clock)
    recall = partial(recall_facts, state)
    backlog = Backlog(state.database)
    return Shops(
        connections, inbox, backlog, jobs, imports, recall, state.clock, metrics, sync_interval
    )
