"""Who may call: the key that the endpoint shares with the hub."""

import hmac

from flask import current_app, request
from werkzeug.exceptions import Unauthorized

HEADERS = ("X-Hub-Token", "X-Augury-Token")


def require_key(*told_elsewhere: str) -> None:
    """Raise Unauthorized where a key is set and the request carries none that is.

    A key is taken from the hub's headers, and from what else the caller found one in. The time
    that takes tells nothing: each that is told is compared with each of ours.
    """
    keys: tuple[str, ...] = current_app.config["ENDPOINT_KEY"]
    # Bytes, for compare_digest refuses texts that are not ASCII.
    headers = (request.headers.get(name, "") for name in HEADERS)
    told = [one.encode() for one in (*headers, *told_elsewhere)]
    same = [hmac.compare_digest(one, key.encode()) for one in told for key in keys]
    if keys and not any(same):
        raise Unauthorized("The key in X-Hub-Token is missing or wrong.")
