"""Who may call: the key that the endpoint shares with the hub."""

import hmac

from flask import current_app, request
from werkzeug.exceptions import Unauthorized

HEADERS = ("X-Hub-Token", "X-Augury-Token")


def require_key() -> None:
    """Raise Unauthorized where a key is set and the request does not carry it."""
    key: bytes = current_app.config["ENDPOINT_KEY"].encode()
    # Bytes, for compare_digest refuses texts that are not ASCII.
    told = [request.headers.get(name, "").encode() for name in HEADERS]
    if key and not any([hmac.compare_digest(one, key) for one in told]):  # noqa: C419 - no early end
        raise Unauthorized("The key in X-Hub-Token is missing or wrong.")
