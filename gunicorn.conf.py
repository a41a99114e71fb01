"""How gunicorn serves the endpoint. It reads PORT by itself."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from typing import Any

from gunicorn import glogging

import logs


def _count(name: str, default: str) -> int:
    """Return a setting that is a number of things, of which there has to be one."""
    told = os.environ.get(name, default)
    if not re.fullmatch("[1-9][0-9]{0,4}", told):
        sys.exit(f"{name}: is not a whole number from 1 to 99999")
    return int(told)


# A process per core: a message's own work is Python, and one process does that on one core.
workers = _count("WEB_CONCURRENCY", "2")

# Green threads wait for Jirafe at no cost, so that many messages gather into batches; and a
# client that stops in the middle of its request holds one of them, not a thread.
worker_class = "gevent"

# Messages under way in each process, before others have to wait for a connection.
worker_connections = _count("THREADS", "512")

# Seconds for the head of a request to come, the first as well as the next of a connection.
keepalive = 10

# After SIGTERM, to answer what is under way; longer than DELIVERY_DEADLINE, and the platform
# kills after 30 s.
graceful_timeout = 25

# The head of a request, half a megabyte at the most. A hub sends a dozen fields and a browser
# twenty; what stands before the service adds some, and browsers' cookies and queries are long: an
# image may have a whole visit in its address.
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

# Nobody steers it but the platform.
control_socket_disable = True

# The platform reads stdout. Commands, whose output that is, keep to Python's default.
loglevel = os.environ.get("LOG_LEVEL", "info")
try:
    logs.configure(os.environ.get("LOG_FORMAT", "json"), loglevel)
except ValueError as error:
    sys.exit(str(error))


class _Logger(glogging.Logger):  # type: ignore[misc]  # has no types
    """Writes gunicorn's own lines as all others are written."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


logger_class = _Logger

# Where the processes keep what they count, for /metrics to add up.
_COUNTS = "PROMETHEUS_MULTIPROC_DIR"


def on_starting(arbiter: Any) -> None:
    """Begin to count from nothing, where the application can be loaded."""
    _try_to_load(arbiter.app.app_uri.partition(":")[0])
    os.environ[_COUNTS] = tempfile.mkdtemp(prefix="jirafe-metrics-")


def _try_to_load(module: str) -> None:
    """On a platform, load the application once for a trial, and end with its words if it fails.

    gunicorn itself would show them once a worker, among tracebacks of its own.
    """
    if "PORT" not in os.environ and "APP_ENV" not in os.environ:
        return
    trial = subprocess.run(  # noqa: S603 - gunicorn itself loads the same
        [sys.executable, "-c", f"import {module}"], stderr=subprocess.PIPE, text=True, check=False
    )
    if trial.returncode:
        sys.exit(trial.stderr.strip() or f"The application ended with {trial.returncode}.")


def child_exit(_arbiter: Any, worker: Any) -> None:
    """Forget what the process had under way; what it counted stays."""
    # Not before it is needed, for workers inherit what is loaded here, unpatched by gevent.
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(_arbiter: Any) -> None:
    """Throw the counts away."""
    shutil.rmtree(os.environ[_COUNTS], ignore_errors=True)


def pre_request(_worker: Any, request: Any) -> None:
    """Bound the silence of a client that sends a body, in seconds."""
    request.unreader.sock.settimeout(10)
