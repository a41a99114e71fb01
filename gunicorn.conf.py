"""How gunicorn serves the service."""

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

# A process per core: a message's own work is Python, which one process does on one core.
workers = settings.web_concurrency

# Green threads wait for Jirafe at no cost, so that many messages gather into batches; and a client
# that is slow holds one of them, not a thread.
worker_class = Worker

# Connections of each process, before others have to wait. An idle one costs some kilobytes and a
# file, so there are enough for clients that open many and say nothing.
worker_connections = settings.threads

_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
_files = worker_connections + 256
if _soft != resource.RLIM_INFINITY and _soft < _files:
    _most = _files if _hard == resource.RLIM_INFINITY else min(_files, _hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_most, _hard))

# Seconds in which the head of a request has to come, on a new connection or one that stays open.
keepalive = 10

# After SIGTERM, to answer what is under way; longer than DELIVERY_DEADLINE, and platforms kill
# after 30 s.
graceful_timeout = 25

# The head of a request is half a megabyte at most. A hub sends a dozen fields and a browser twenty;
# proxies add some, and cookies and queries of browsers are long: the address of an image may hold
# a whole visit.
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

# Nobody may say how the service was called, unless it is a proxy that is named.
forwarded_allow_ips = settings.forwarded_allow_ips
forwarder_headers = "SCRIPT_NAME" if settings.forwarded_allow_ips else ""

# Only the platform controls it.
control_socket_disable = True

# Platforms read stdout. Commands, which print their results there, keep Python's default.
logs.configure(settings.log_format, settings.log_level)
loglevel = settings.log_level
logger_class = Logger

_COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes share what they count, for /metrics to add up."""


def on_starting(arbiter: Any) -> None:
    """Refuse a start without secrets, in one line, and begin to count from nothing."""
    try:
        settings.check_tokens()
        if arbiter.app.app_uri.partition(":")[0] == "app":  # not the hosted API alone
            settings.check_key()
    except SettingError as error:
        sys.exit(str(error))
    os.environ[_COUNTS] = tempfile.mkdtemp(prefix="jirafe-metrics-")


def post_worker_init(worker: Any) -> None:
    """Let the process work for connected shops too, and tune the garbage collector."""
    shops = getattr(worker.wsgi, "extensions", {}).get("jirafe_endpoint_shops")
    worker.background = shops.workers(lambda: worker.alive) if shops else None
    if worker.background:
        worker.background.start()
    _tune_garbage_collector()


def worker_exit(_arbiter: Any, worker: Any) -> None:
    """Wait for the webhooks under way; platforms kill what takes longer."""
    if background := getattr(worker, "background", None):
        background.stop(graceful_timeout)


def _tune_garbage_collector() -> None:
    """Keep the garbage collector from what lives as long as the process.

    It looked at all of that every 700 objects; a message makes thousands, and hardly any cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def child_exit(_arbiter: Any, worker: Any) -> None:
    """Forget what the process had under way; what it counted stays."""
    # Not before it is needed: workers inherit what is loaded here, unpatched by gevent.
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(_arbiter: Any) -> None:
    """Delete the counts."""
    shutil.rmtree(os.environ[_COUNTS], ignore_errors=True)
