"""Authentication with the key that the endpoint shares with the hub."""

import hmac

from flask import current_app, request
from werkzeug.exceptions import Unauthorized

HEADERS = ("X-Hub-Token", "X-Augury-Token")


def require_key(*more_candidates: str) -> None:
    """Raise Unauthorized if keys are configured and the request carries none of them.

    Candidates come from the hub's headers and from the caller. Every candidate is compared with
    every key in constant time, so the response time reveals nothing.
    """
    keys: tuple[str, ...] = current_app.config["SETTINGS"].endpoint_key
    # Bytes, because compare_digest raises TypeError for non-ASCII text.
    headers = (request.headers.get(name, "") for name in HEADERS)
    candidates = [one.encode() for one in (*headers, *more_candidates)]
    matches = [hmac.compare_digest(one, key.encode()) for one in candidates for key in keys]
    if keys and not any(matches):
        raise Unauthorized("The key in X-Hub-Token is missing or wrong.")
