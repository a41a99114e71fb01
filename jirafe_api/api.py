"""The parts of a running API, for those who serve requests and commands."""

from dataclasses import dataclass
from typing import cast

from flask import current_app, request

from jirafe_api.credentials import bearer
from jirafe_api.storage.sites import WRITE, Sites
from jirafe_api.storage.store import Store
from jirafe_api.web.browsers import Browsers

EXTENSION = "jirafe_api"

WRITING = ("POST", "PUT")
"""Two methods, one meaning: Jirafe's documents have both, and so do those who send."""


@dataclass(frozen=True)
class Api:
    """What one API works with."""

    store: Store
    sites: Sites
    browsers: Browsers
    events_retention_days: int = 0


def current_api() -> Api:
    """The parts of the application at work, from its `extensions`."""
    return cast("Api", current_app.extensions[EXTENSION])


def admit(site: str, scope: str = WRITE) -> None:
    """Return if the request's bearer token opens the site for the scope, else raise a Refused."""
    current_api().sites.admit(bearer(request.headers.get("Authorization", "")), site, scope)
