"""Connected shops: their credentials, and the inbox that their webhooks go through."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from jirafe_endpoint.delivery.processor import MessageProcessor
from jirafe_endpoint.observability.metrics import Metrics
from jirafe_endpoint.shops.connections import ShopConnections
from jirafe_endpoint.shops.history.comparison import Recall
from jirafe_endpoint.shops.history.imports import Imports
from jirafe_endpoint.shops.inbox import Inbox
from jirafe_endpoint.shops.memory import recall_facts
from jirafe_endpoint.shops.processing import JobProcessor
from jirafe_endpoint.shops.worker import InboxWorker
from jirafe_endpoint.state import State

EXTENSION = "jirafe_endpoint_shops"
"""Where an application keeps its Shops."""


@dataclass(frozen=True)
class Shops:
    """The connected shops, their inbox and who processes it, and their imports."""

    connections: ShopConnections
    inbox: Inbox
    jobs: JobProcessor
    imports: Imports
    recall: Recall
    clock: Callable[[], datetime]

    def worker(self, is_alive: Callable[[], bool] = lambda: True) -> InboxWorker:
        """Return a worker of the inbox that is not started yet."""
        return InboxWorker(self.inbox, self.jobs.process, is_alive)


def open_shops(
    state: State,
    connections: ShopConnections,
    processor: MessageProcessor,
    metrics: Metrics,
    lease_seconds: float,
) -> Shops:
    """Return the shops in the database of the state; no step of a job may outlast the lease."""
    inbox = Inbox(state.database, state.clock, lease_seconds)
    jobs = JobProcessor(connections, inbox, processor, state, metrics)
    imports = Imports(state.database, state.clock)
    recall = partial(recall_facts, state)
    return Shops(connections, inbox, jobs, imports, recall, state.clock)
