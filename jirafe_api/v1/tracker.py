"""The tracker of version 1: what happens in a shop's pages, from the beacons in them."""

from flask import Blueprint

from jirafe_api import body
from jirafe_api.api import current_api
from jirafe_api.errors import Answer, Invalid, NotAuthorized, TooLarge
from jirafe_api.kinds import V1
from jirafe_api.v1 import wrapper
from jirafe_api.v1.resources import METHODS

v1_tracker = Blueprint("v1_tracker", __name__, url_prefix="/v1")


@v1_tracker.route("/tracker", methods=METHODS)
def post_wrapper() -> Answer:
    """Keeps the events of a wrapper in their order: all of them, or none."""
    wrapped = body.value()
    _refuse(wrapper.problems(wrapped))
    site = str(wrapped["site"])
    admit_tracker(site)
    if wrapper.is_too_large(wrapped):
        raise TooLarge
    _refuse(wrapper.problems_of_events(wrapped["data"]))
    current_api().store.add(site, wrapper.events(wrapped), version=V1)
    return {"success": True}


def admit_tracker(site: str) -> None:
    """Returns where the site is known; else NotAuthorized. Beacons have no token."""
    if site not in {known.site for known in current_api().sites.all()}:
        raise NotAuthorized


def _refuse(errors: dict[str, str]) -> None:
    if errors:
        raise Invalid(errors)
