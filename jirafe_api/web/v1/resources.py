"""The resources of version 1: a site's categories, customers, products, carts and orders."""

from typing import Any

from flask import Blueprint, request

from jirafe_api.api import WRITING, admit, current_api
from jirafe_api.contract.kinds import V1, V1_RESOURCES
from jirafe_api.contract.v1_plausibility import implausible
from jirafe_api.contract.validation import check
from jirafe_api.credentials import bearer
from jirafe_api.errors import Answer, Implausible, Invalid, InvalidType
from jirafe_api.web import body
from jirafe_api.web.v1 import organization

v1_resources = Blueprint("v1_resources", __name__, url_prefix="/v1")


@v1_resources.route("/<site>/<kind>", methods=WRITING)
def post_event(site: str, kind: str) -> Answer:
    """Keeps one event."""
    admit(site)
    return _keep(site, kind, {})


@v1_resources.route("/<org>/<site>/<kind>", methods=WRITING)
def post_event_of_organization(org: str, site: str, kind: str) -> Answer:
    """Keeps one event, and with it the organization."""
    org, site = _in_order(org, site)
    admit(site)
    if errors := organization.problems(org):
        raise Invalid(errors)
    return _keep(site, kind, {"org": org})


def _in_order(first: str, second: str) -> tuple[str, str]:
    """The organization and the site of a path: it has the site last.

    The documentation's samples have it first; which it is, the token tells.
    """
    token, sites = bearer(request.headers.get("Authorization", "")), current_api().sites
    if not sites.opens(token, second) and sites.opens(token, first):
        return second, first
    return first, second


def _keep(site: str, kind: str, origin: dict[str, Any]) -> Answer:
    if kind not in V1_RESOURCES:
        raise InvalidType
    event = body.value()
    if errors := check(f"v1/{kind}", event):
        raise Invalid(errors)
    if errors := implausible(kind, event):
        raise Implausible(errors)
    current_api().store.add(site, [(kind, event | origin)], version=V1)
    return {"success": True}
