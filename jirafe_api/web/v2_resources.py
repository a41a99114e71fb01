"""Version 2: events from clients, one by one or in batches."""

from contextlib import ExitStack

from flask import Blueprint

from jirafe_api.api import WRITING, admit, current_api
from jirafe_api.contract.kinds import KINDS
from jirafe_api.errors import Answer, InvalidType
from jirafe_api.web.request_body import json_of_client

v2_resources = Blueprint("v2_resources", __name__, url_prefix="/v2")


@v2_resources.route("/<site>/batch", methods=WRITING)
def post_batch(site: str) -> Answer:
    """Store the valid events of a batch; return an answer for each, in the same order."""
    admit(site)
    with ExitStack() as held:
        return current_api().accept_batch(site, json_of_client(held, site))


@v2_resources.route("/<site>/<kind>", methods=WRITING)
def post_event(site: str, kind: str) -> Answer:
    """Store one event."""
    admit(site)
    if kind not in KINDS:  # before a body of 10 MB is read
        raise InvalidType
    with ExitStack() as held:
        current_api().accept(site, kind, json_of_client(held, site))
    return {"success": True}
