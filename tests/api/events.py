"""Valid events of every kind, and helpers for clients of the API."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path

RECORDED = Path(__file__).parent / "recorded"
SITE = "123"
SHOP = "https://shop.example"
"""The origin that may send for the site `closed` of the fixture `tracker`."""

TOKEN = "45dc86d2e2fc-secret-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
OK = {"success": True}

DATES = {"create_date": "2014-01-01T10:00:00.000Z", "change_date": "2014-01-02T10:00:00.000Z"}
AMOUNTS = {
    "subtotal": 20.0,
    "total": 26.5,
    "total_tax": 1.5,
    "total_shipping": 5,
    "total_payment_cost": 0,
    "total_discounts": 0,
}
CATEGORY = {"id": "t-9", "name": "Teapots", **DATES, "parent_categories": [{"id": "t-1"}]}
CUSTOMER = {"id": "c-7", "email": "ann@example.com", "first_name": "Ann", **DATES}
EMPLOYEE = {"id": "e-1", "email": "bob@example.com", "active_flag": True, **DATES}
PRODUCT = {
    "id": "p-3",
    "is_product": True,
    "is_sku": False,
    "code": "TEA-3",
    "rating": 4.5,
    "catalog": {"id": "main"},
    "ancestors": ["p-1"],
    "base_product": {"id": "p-1"},
    "vendors": [{"id": "v-1", "name": "Potter"}],
    "urls": {"store": "https://shop.example/tea-3"},
    "images": [{"url": "https://shop.example/tea-3.jpeg"}],
    "categories": [{"id": "t-9", "name": "Teapots"}, {"id": "t-1", "name": "All"}],
    "attributes": [{"id": "a-1", "name": "colour", "value": "brown"}],
    **DATES,
}
ITEM = {"id": "i-1", "quantity": 2, "price": 10, "discount_price": 0.0, **DATES, "product": PRODUCT}
CART_ITEM = {**ITEM, "cart_item_number": "1"}
ORDER_ITEM = {**ITEM, "order_item_number": "1", "status": "accepted"}
VISIT = {"visit_id": "1", "visitor_id": "2", "pageview_id": "3", "last_pageview_id": ""}
CART = {
    "id": "R123",
    "currency": "USD",
    **DATES,
    **AMOUNTS,
    "customer": CUSTOMER,
    "items": [CART_ITEM, CART_ITEM],
    "previous_items": [CART_ITEM],
    "visit": VISIT,
    "cookies": {},
}
PLACED = {
    "order_number": "R123",
    "status": "placed",
    "order_date": "2014-01-02T10:00:00.000Z",
    "customer": CUSTOMER,
    "visit": VISIT,
}
ACCEPTED = {
    **PLACED,
    "status": "accepted",
    "currency": "USD",
    **DATES,
    **AMOUNTS,
    "delivery_address": {"city": "London"},
    "items": [ORDER_ITEM],
    "previous_items": [],
}
CANCELLED = {"order_number": "R123", "status": "cancelled", "cancel_date": "2014-01-03T10:00:00Z"}
HEARTBEAT = {"site_id": SITE, "instance_id": "web-1", "is_enabled": True, "version": "1.0.0"}
INVENTORY = {
    "sku_code": "TEA-3",
    "inventory_level": -2,
    "low_stock_alert": 5,
    "inventory_alerts": True,
    "effective_date": "2014-01-02",
    "change_date": "2014-01-02T10:00:00.000Z",
}
PRODUCT_COST = {
    "sku_code": "TEA-3",
    "sku_cost": 4.75,
    "effective_date": "2014-01-02",
    "change_date": "2014-01-02T10:00:00.000Z",
}

PAGE = {"page_id": "pv-2", "prev_page_id": "pv-1"}
PAGEVIEW = {
    "org": "",
    "site": SITE,
    "timestamp": "2014-01-02T10:00:00.000Z",
    "page": PAGE,
    "visit": {"id": "v-1", "visitor": "w-1"},
    "pageview": {
        "page_type": "search",
        "search": {"term": "tea “pot” 🫖", "page": 1, "total_results": 12},
        "product": {"product_code": "TEA-3", "sku_code": "TEA-3-B", "name": "Teapot"},
        "category": {"id": "t-9", "name": "Teapots"},
        "attribution": ["email", "newsletter"],
    },
}
TRACKED_VISIT = {
    "org": "",
    "site": SITE,
    "timestamp": "2014-01-02T10:00:00.000Z",
    "page": {"page_id": "pv-1"},
    "visit": {
        "id": "v-1",
        "visitor": "w-1",
        "landing_url": "https://shop.example/?a=1",
        "referrer_url": "",
        "user_agent": "Mozilla/5.0",
        "tag_attribution": ["email", "newsletter"],
        "rule_attribution": [],
    },
}
TRACKED = [("pageview", PAGEVIEW), ("visit", TRACKED_VISIT)]

VALID = [
    ("cart", CART),
    ("category", CATEGORY),
    ("customer", CUSTOMER),
    ("employee", EMPLOYEE),
    ("order", PLACED),
    ("order", ACCEPTED),
    ("order", CANCELLED),
    ("product", PRODUCT),
    ("heartbeat", HEARTBEAT),
    ("inventory", INVENTORY),
    ("product.cost", PRODUCT_COST),
]


def invalid(errors):
    return {"success": False, "error_type": "validation", "errors": errors}


def refused(error_type):
    return {"success": False, "error_type": error_type}


TOO_LARGE = refused("too_large") | {
    "message": "A request may have 10 MB, 100,000 events and 600,000 values; send them in parts."
}

BAD_ENCODING = refused("bad_encoding") | {
    "message": "Send the body as it is, or compressed by gzip."
}


def without(event, name):
    return {key: value for key, value in event.items() if key != name}


def post(client, path, value, headers=BEARER):
    """Return the status and the JSON of the response."""
    body = value if isinstance(value, bytes) else json.dumps(deepcopy(value)).encode()
    answer = client.post(f"/v2/{path}", data=body, headers=headers)
    return answer.status_code, answer.get_json()


def get(client, path, headers=BEARER):
    answer = client.get(f"/v2/{path}", headers=headers)
    return answer.status_code, answer.get_json()


def listed(client, path):
    """Return the events on the first page of a listing."""
    status, page = get(client, path)
    assert status == 200
    return [entry["event"] for entry in page["events"]]


class TickingClock:
    """A clock that advances by a second each time it is read."""

    def __init__(self):
        self.now = datetime(2026, 1, 1, 11, 59, 59, tzinfo=UTC)

    def __call__(self):
        self.now += timedelta(seconds=1)
        return self.now


def counts(client):
    """Return how often the API saw each (what, outcome) from browsers."""
    return client.application.extensions["jirafe_api"].trackers.counts()
