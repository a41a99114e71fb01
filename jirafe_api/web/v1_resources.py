"""Version 1: categories, customers, products, carts and orders from clients."""

from contextlib import ExitStack

from flask import Blueprint, request

from jirafe_api.api import WRITING, admit, current_api
from jirafe_api.contract.kinds import V1, V1_RESOURCES
from jirafe_api.contract.v1_rules import implausible, problems_of_organization
from jirafe_api.contract.validation import check
from jirafe_api.credentials import bearer
from jirafe_api.errors import Answer, Implausible, Invalid, InvalidType
from jirafe_api.web.request_body import json_of_client

v1_resources = Blueprint("v1_resources", __name__, url_prefix="/v1")


@v1_resources.route("/<site>/<kind>", methods=WRITING)
def post_event(site: str, kind: str) -> Answer:
    """Store one event."""
    admit(site)
    return _accept(site, kind, {})


@v1_resources.route("/<org>/<site>/<kind>", methods=WRITING)
def post_event_of_organization(org: str, site: str, kind: str) -> Answer:
    """Store one event together with its organization."""
    org, site = _in_order(org, site)
    admit(site)
    if errors := problems_of_organization(org):
        raise Invalid(errors)
    return _accept(site, kind, {"org": org})


def _in_order(first: str, second: str) -> tuple[str, str]:
    """Return the organization and the site of a path.

    The site comes last, but first in the documentation's samples; the token shows which is meant.
    """
    token, sites = bearer(request.headers.get("Authorization", "")), current_api().sites
    if not sites.opens(token, second) and sites.opens(token, first):
        return second, first
    return first, second


def _accept(site: str, kind: str, organization: dict[str, str]) -> Answer:
    if kind not in V1_RESOURCES:
        raise InvalidType
    with ExitStack() as held:
        event = json_of_client(held, site)
        if errors := check(f"v1/{kind}", event):
            raise Invalid(errors)
        if errors := implausible(kind, event):
            raise Implausible(errors)
        current_api().store.add(site, [(kind, event | organization)], version=V1)
    return {"success": True}
