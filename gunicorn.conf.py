"""How gunicorn serves the endpoint. It reads PORT by itself."""

import logging
import os
import sys
from typing import Any

# A process per core: a message's own work is Python, and one process does that on one core.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))

# Green threads wait for Jirafe at no cost, so that many messages gather into batches; and a
# client that stops in the middle of its request holds one of them, not a thread.
worker_class = "gevent"

# Messages under way in each process, before others have to wait for a connection.
worker_connections = int(os.environ.get("THREADS", "512"))

# Seconds for the head of a request to come, the first as well as the next of a connection.
keepalive = 10

# Bytes of a request's first line: an image may have a whole visit in its address.
limit_request_line = 8190

# After SIGTERM, to answer what is under way; longer than DELIVERY_DEADLINE, and the platform
# kills after 30 s.
graceful_timeout = 25

# Nobody steers it but the platform.
control_socket_disable = True

# The platform reads stdout. Commands, whose output that is, keep to Python's default.
logging.basicConfig(
    level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(name)s: %(message)s"
)


def pre_request(_worker: Any, request: Any) -> None:
    """Bound the silence of a client that sends a body, in seconds."""
    request.unreader.sock.settimeout(10)
