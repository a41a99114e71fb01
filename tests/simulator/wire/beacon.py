"""A visit and its pageviews, as the shop's pages send them to the Jirafe Events API."""

from collections.abc import Iterator
from typing import Any

from tests.simulator.shop.catalog import Product, Taxon
from tests.simulator.shop.history import Change
from tests.simulator.shop.traffic import Pageview, Visit
from tests.simulator.wire.message import Message, Site, written

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def visit(change: Change, site: Site) -> Iterator[Message]:
    """Yield the event of a visit, then those of its pageviews."""
    assert isinstance(change.subject, Visit)
    one = change.subject
    fields = {
        "site": site.id,
        "timestamp": written(one.started_at),
        "page": {"page_id": one.pageviews[0].id},
        "visit": {
            "id": one.id,
            "visitor": one.visitor,
            "landing_url": one.landing_url,
            "referrer_url": one.channel.referrer,
            "user_agent": _AGENT,
            "tag_attribution": list(one.channel.tags),
            "rule_attribution": list(one.channel.rule),
        },
    }
    yield _message("visit", one.id, fields)
    for view in one.pageviews:
        yield _message("pageview", view.id, _pageview(view, one, site))


def _message(kind: str, identifier: str, event: dict[str, Any]) -> Message:
    return Message(f"/v2/tracker/{kind}", event, (kind, identifier), "beacon", to_api=True)


def _pageview(view: Pageview, of: Visit, site: Site) -> dict[str, Any]:
    match view.about:
        case Product() as product:
            about: dict[str, Any] = {
                "product": {"product_code": product.master.identity, "name": product.name}
            }
        case Taxon() as taxon:
            about = {"category": {"id": f"{taxon.id}", "name": taxon.name}}
        case str() as term:
            results = 0 if "no such" in term else 4
            about = {"search": {"term": term, "page": 1, "total_results": results}}
        case _:
            about = {}
    page = {"page_id": view.id} | ({"prev_page_id": view.previous_id} if view.previous_id else {})
    return {
        "site": site.id,
        "timestamp": written(view.at),
        "page": page,
        "visit": {"id": of.id, "visitor": of.visitor},
        "pageview": {"page_type": view.page_type, **about},
    }
