"""Prometheus metrics, for a server with one process or several."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

from jirafe_endpoint.observability.message_log import Record

EXTENSION = "jirafe_endpoint_metrics"
"""The key of the metrics in `app.extensions`."""

CONTENT_TYPE = CONTENT_TYPE_LATEST

# The library does not support creation times of counters with several processes.
disable_created_metrics()  # type: ignore[no-untyped-call]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
_EVENTS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """The metrics of this process, and the exposition for all processes of the server.

    Processes share their metrics in the folder PROMETHEUS_MULTIPROC_DIR, which the library reads
    and gunicorn.conf.py sets. Sites are not a label, because there is no limit on their number.
    """

    def __init__(self, types: Collection[str]) -> None:
        """Count the given message types separately and all others as "other"."""
        self._types = frozenset(types)
        self._children: dict[tuple[Counter | str, ...], Counter] = {}
        self._registry = registry = CollectorRegistry()
        self._messages = Counter(
            "jirafe_endpoint_messages",
            "Messages answered, by type and outcome.",
            ("type", "outcome"),
            registry=registry,
        )
        self._events = Counter(
            "jirafe_endpoint_events",
            "Events by kind and result, once for each attempt.",
            ("kind", "result"),
            registry=registry,
        )
        self._delivery = Histogram(
            "jirafe_endpoint_delivery_seconds",
            "Time to deliver a message's events, including waiting.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._batches = Histogram(
            "jirafe_endpoint_batch_events",
            "Events in one post to the Jirafe Events API.",
            buckets=_EVENTS,
            registry=registry,
        )
        self._dead_letters = Counter(
            "jirafe_endpoint_dead_letters", "Dead letters stored.", registry=registry
        )
        self._tracked = Counter(
            "jirafe_endpoint_tracked",
            "Events from browsers at the hosted API's trackers, by kind and outcome.",
            ("kind", "outcome"),
            registry=registry,
        )
        self._waiting, self._breakers = _gauges(registry)
        self._inbox = _InboxMetrics(registry)

    def count(self, record: Record) -> None:
        """Count a message and its events."""
        kind = record.type if record.type in self._types else "other"
        self._child(self._messages, kind, record.outcome).inc()
        for labels, count in record.events.items():
            self._child(self._events, *labels).inc(count)
        if "deliver" in record.steps:
            self._delivery.observe(record.steps["deliver"])
        if record.is_dead_letter:
            self._dead_letters.inc()

    def count_tracked(self, kind: str, outcome: str) -> None:
        """Count a tracker request to the hosted API."""
        self._child(self._tracked, kind, outcome).inc()

    def _child(self, counter: Counter, *labels: str) -> Counter:
        """Return the counter with these labels, cached because the library's lookup is slow."""
        key: tuple[Counter | str, ...] = (counter, *labels)
        if (child := self._children.get(key)) is None:
            child = self._children[key] = counter.labels(*labels)
        return child

    def waiting(self) -> AbstractContextManager[Any]:
        """Return a context manager for the time in which a message's events are sent."""
        return self._waiting.track_inprogress()

    def post_starts(self, events: int) -> None:
        """Record the number of events in a post."""
        self._batches.observe(events)

    def breakers_are_open(self, count: int) -> None:
        """Set the number of open breakers in this process."""
        self._breakers.set(count)

    def count_inbox_retry(self) -> None:
        """Count a failed attempt at a webhook of a shop."""
        self._inbox.retries.inc()

    def count_refused_credential(self) -> None:
        """Count a request that a shop refused because of the credential."""
        self._inbox.refused_credentials.inc()

    def count_sync(self, outcome: str) -> None:
        """Count a list read from a shop, or a failure to read."""
        self._child(self._inbox.syncs, outcome).inc()

    def count_dead_letters(self, count: int) -> None:
        """Count dead letters of webhooks that failed for too long."""
        self._dead_letters.inc(count)

    def inbox_is(self, webhooks: int, oldest: float) -> None:
        """Set the number of waiting webhooks, and the age of the oldest in seconds."""
        self._inbox.webhooks.set(webhooks)
        self._inbox.oldest.set(oldest)

    def exposition(self) -> bytes:
        """Return the metrics of all processes of this server in Prometheus' text format."""
        registry = CollectorRegistry()
        try:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        except ValueError:  # without a shared directory, there is only this process
            registry = self._registry
        return generate_latest(registry)


def _gauges(registry: CollectorRegistry) -> tuple[Gauge, Gauge]:
    """Return the gauges of waiting messages and of open breakers, summed over processes."""
    waiting = Gauge(
        "jirafe_endpoint_lane_messages",
        "Messages whose events are waiting or being sent.",
        multiprocess_mode="livesum",
        registry=registry,
    )
    breakers = Gauge(
        "jirafe_endpoint_breakers_open",
        "Sites whose messages fail fast because several posts in a row failed.",
        multiprocess_mode="livesum",
        registry=registry,
    )
    return waiting, breakers


class _InboxMetrics:
    """The metrics of the inbox and of the shops' APIs."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.retries = Counter(
            "jirafe_endpoint_inbox_retries",
            "Failed attempts at webhooks of shops, each of which is retried later.",
            registry=registry,
        )
        self.refused_credentials = Counter(
            "jirafe_endpoint_shop_credentials_refused",
            "Requests to shops that were refused because of the credential.",
            registry=registry,
        )
        self.syncs = Counter(
            "jirafe_endpoint_shop_syncs",
            "Lists read from shops in the background, by outcome: done or failed.",
            ("outcome",),
            registry=registry,
        )
        self.webhooks = Gauge(
            "jirafe_endpoint_inbox_webhooks",
            "Webhooks of shops waiting in the inbox.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.oldest = Gauge(
            "jirafe_endpoint_inbox_oldest_seconds",
            "Age of the oldest webhook in the inbox.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
