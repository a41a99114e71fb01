"""Who may call: the key that the endpoint shares with the hub."""

import hmac

from flask import current_app, request
from werkzeug.exceptions import Unauthorized

HEADERS = ("X-Hub-Token", "X-Augury-Token")


def require_key() -> None:
    """Raise Unauthorized where a key is set and the request carries none that is.

    The time that takes tells nothing: each of its keys is compared with each of ours.
    """
    keys: tuple[str, ...] = current_app.config["ENDPOINT_KEY"]
    # Bytes, for compare_digest refuses texts that are not ASCII.
    told = [request.headers.get(name, "").encode() for name in HEADERS]
    same = [hmac.compare_digest(one, key.encode()) for one in told for key in keys]
    if keys and not any(same):
        raise Unauthorized("The key in X-Hub-Token is missing or wrong.")
