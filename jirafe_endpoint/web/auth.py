"""Who may call: the key that the endpoint shares with the hub."""

import hmac

from flask import current_app, request
from werkzeug.exceptions import Unauthorized

HEADERS = ("X-Hub-Token", "X-Augury-Token")


def require_key(*told_elsewhere: str) -> None:
    """Raise Unauthorized where a key is set and the request does not carry it.

    The key is taken from the hub's headers, and from what else the caller found it in.
    """
    key: bytes = current_app.config["ENDPOINT_KEY"].encode()
    # Bytes, for compare_digest refuses texts that are not ASCII.
    headers = (request.headers.get(name, "") for name in HEADERS)
    told = [one.encode() for one in (*headers, *told_elsewhere)]
    if key and not any([hmac.compare_digest(one, key) for one in told]):  # noqa: C419 - no early end
        raise Unauthorized("The key in X-Hub-Token is missing or wrong.")
