"""Log one line per message and update the metrics."""

import logging

from flask import Flask, Response, request

from jirafe_endpoint.observability import message_log
from jirafe_endpoint.observability.metrics import Metrics
from jirafe_endpoint.web.webhooks import blueprint as webhooks

_SUCCESSFUL = ("sent", "repeated", "left_out")

log = logging.getLogger(__name__)


def register(app: Flask, metrics: Metrics) -> None:
    """Log and count every message once its response is ready."""

    @app.before_request
    def begin() -> None:
        message_log.start()

    @app.after_request
    def end(response: Response) -> Response:
        if request.blueprint == webhooks.name:
            done = message_log.current()
            metrics.count(done)
            level = logging.INFO if done.outcome in _SUCCESSFUL else logging.WARNING
            if log.isEnabledFor(level):
                log.log(level, "message", extra={**done.line(), "status": response.status_code})
        return response
