"""Connected shops: their credentials, and the inbox that their webhooks go through."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from jirafe_endpoint.delivery.processor import MessageProcessor
from jirafe_endpoint.observability.metrics import Metrics
from jirafe_endpoint.shops.connections import ConnectedShop, ShopConnections
from jirafe_endpoint.shops.history.comparison import Recall, recall_facts
from jirafe_endpoint.shops.history.imports import Imports
from jirafe_endpoint.shops.history.sync import Schedule, SyncWorker
from jirafe_endpoint.shops.inbox import Inbox
from jirafe_endpoint.shops.processing import JobProcessor
from jirafe_endpoint.shops.worker import Background, InboxWorker, Workers
from jirafe_endpoint.state import State
from spree.messages import HubMessage

EXTENSION = "jirafe_endpoint_shops"
"""The key of the Shops in an application's extensions."""


@dataclass(frozen=True)
class Shops:
    """The connected shops, their inbox and its processor, and their imports."""

    connections: ShopConnections
    inbox: Inbox
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

    def sync_worker(self, is_alive: Callable[[], bool] = lambda: True) -> SyncWorker:
        """Return the worker that reads the shops at intervals."""
        schedule = Schedule(self.imports, self.sync_interval, self.clock)
        return SyncWorker(
            self.connections, self.imports, schedule, self.sender, self.metrics, is_alive
        )

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
) -> Shops:
    """Return the shops, stored in the state's database. No step of a job may outlast the lease."""
    inbox = Inbox(state.database, state.clock, lease_seconds)
    jobs = JobProcessor(connections, inbox, processor, state, metrics)
    imports = Imports(state.database, state.clock)
    recall = partial(recall_facts, state)
    return Shops(connections, inbox, jobs, imports, recall, state.clock, metrics, sync_interval)
