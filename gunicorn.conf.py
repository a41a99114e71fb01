"""Gunicorn's configuration."""

import gc
import os
import resource
import shutil
import sys
import tempfile
from typing import Any

import logs
from config import SettingError, load
from gevent_worker import Logger, Worker

try:
    settings = load()
except SettingError as error:
    sys.exit(str(error))

# One process per core, because a Python process uses only one.
workers = settings.web_concurrency

# Green threads wait for Jirafe cheaply, so many messages can share a batch, and a slow client
# blocks a green thread rather than an OS thread.
worker_class = Worker

# Open connections per process; more have to wait. An idle one costs some kilobytes and a file
# descriptor, so there are enough even if some clients open many and send nothing.
worker_connections = settings.threads

_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
_files = worker_connections + 256
if _soft != resource.RLIM_INFINITY and _soft < _files:
    _most = _files if _hard == resource.RLIM_INFINITY else min(_files, _hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_most, _hard))

# Seconds for the head of a request to arrive, on a new or kept-alive connection.
keepalive = 10

# Seconds after SIGTERM to finish requests: more than DELIVERY_DEADLINE, and less than the 30 after
# which platforms kill the process.
graceful_timeout = 25

# Limit the head of a request to half a megabyte. A hub sends a dozen fields and a browser twenty;
# proxies add some. Lines can be long because of cookies, and image URLs that contain a whole visit.
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

# Trust forwarded headers only from the proxies in the setting.
forwarded_allow_ips = settings.forwarded_allow_ips
forwarder_headers = "SCRIPT_NAME" if settings.forwarded_allow_ips else ""

# Only the platform controls the service.
control_socket_disable = True

# Platforms collect stdout. Commands print their results there and keep Python's default logging.
logs.configure(settings.log_format, settings.log_level)
loglevel = settings.log_level
logger_class = Logger

_COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""The directory in which the processes share their metrics."""


def on_starting(arbiter: Any) -> None:
    """Exit with one line if a secret is missing; start with empty metrics."""
    try:
        settings.check_tokens()
        if arbiter.app.app_uri.partition(":")[0] == "app":  # not for the API served alone
            settings.check_key()
    except SettingError as error:
        sys.exit(str(error))
    os.environ[_COUNTS] = tempfile.mkdtemp(prefix="jirafe-metrics-")


def post_worker_init(worker: Any) -> None:
    """Start the background work for connected shops, and tune the garbage collector."""
    shops = getattr(worker.wsgi, "extensions", {}).get("jirafe_endpoint_shops")
    worker.background = shops.workers(lambda: worker.alive) if shops else None
    if worker.background:
        worker.background.start()
    _tune_garbage_collector()


def worker_exit(_arbiter: Any, worker: Any) -> None:
    """Wait for webhooks in progress."""
    if background := getattr(worker, "background", None):
        background.stop(graceful_timeout)


def _tune_garbage_collector() -> None:
    """Exclude long-lived objects from garbage collection, and collect less often.

    By default, a collection starts every 700 objects. A message creates thousands, with hardly any
    cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def child_exit(_arbiter: Any, worker: Any) -> None:
    """Remove the process's gauges; its counters stay."""
    # Imported late, because workers inherit modules loaded here without gevent's patches.
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(_arbiter: Any) -> None:
    """Delete the metrics."""
    shutil.rmtree(os.environ[_COUNTS], ignore_errors=True)
