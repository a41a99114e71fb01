"""Valid events of version 1, in the form and with the quirks of its documentation."""

import json
from copy import deepcopy

from tests.api.events import BEARER

DATES = {"change_date": "2012-03-04T09:10:11", "create_date": "2012-03-04T08:10:11"}
CATEGORY = {"id": "17", "name": "Kettles", **DATES}
CUSTOMER = {"id": "c-4", "first_name": "Ada", "name": "Ada Byron", **DATES}
PRODUCT = {
    "id": "p-8",
    "sku": "KET-8",
    "name": "Kettle",
    "cost": 12.5,
    "price": 40,
    "inventory": 2,
    "rating": 7.5,
    "brand": "Whistler",
    **DATES,
    "attributes": [
        {"id": "1", "name": "Colour", "value": "Copper"},
        {"id": "2", "name": "Volume", "value": "2 l"},
    ],
    "categories": [{"id": "17", "name": "Kettles"}],
    "images": [{"url": "http://shop.example/kettle.png"}],
    "urls": {
        "store": "http://shop.example/store/kettles/8",
        "admin": "http://shop.example/admin/kettles/8",
    },
}
PROMO = {"amount": 5, "type": "voucher", "code": "SPRING"}
CART = {
    "id": "cart-5",
    "customer_id": "c-4",
    **DATES,
    "total": 35.0,
    "subtotal": 40,
    "promo": PROMO,
    "items": [PRODUCT],
}
ORDER = {
    "id": "order-6",
    "cart_id": "cart-5",
    "customer": {"id": "c-4", "name": "Ada Byron"},
    "order_date": "2012-03-04T09:00:00Z",
    **DATES,
    "subtotal": 40,
    "total": 35.0,
    "promo": PROMO,
    "items": [{"id": "1", "quantity": 1, "promo": PROMO, "product": PRODUCT}],
}
RESOURCES = {
    "category": CATEGORY,
    "customer": CUSTOMER,
    "product": PRODUCT,
    "cart": CART,
    "order": ORDER,
}

PAGE = {
    "current_type": "homepage",
    "referrer_type": "*none*",
    "current_url": "http://shop.example/index.html",
    "current_title": "Welcome",
    "referrer_url": "http://shop.example/kettles/8",
}
VISIT = {
    "id": "7000123400005678",
    "visitor": "42424242",
    "landing_url": "http://shop.example/index.html",
    "referrer_url": "http://search.example/?q=kettle",
    "user_agent": "Mozilla/5.0 (X11)",
    "attribution": [{"search": "google"}, {"name": "campaign", "value": "spring"}],
}
CONTEXT = {
    "org": "9",
    "site": "123",
    "timestamp": "2013-05-06T07:08:09.100Z",
    "page": PAGE,
    "visit": VISIT,
    "customer": {"id": "c-4", "lastname": "Byron", "firstname": "Ada"},
}
VIEWED = {
    "name": "Kettle",
    "sku_code": "KET-8",
    "product_id": "p-8",
    "product_code": "KET",
    "images": ["http://shop.example/kettle.png"],
    "description": "Sings when it is done",
    "categories": [{"id": "17", "name": "Kettles"}],
    "price": "40",
    "currency": "eur",
}
LINE = VIEWED | {"quantity": 2, "price": "19.95", "total_price": "39.90", "code": "KET"}
PRODUCT_VIEW = {"page_type": "product", "event_type": "pageview", "product": VIEWED}
CATEGORY_VIEW = {
    "page_type": "category",
    "event_type": "pageview",
    "categories": [{"id": "17", "name": "Kettles"}],
    "price": "40",
    "currency": "eur",
}
BEGUN = {"event_type": "visit"}
ADDED = {"event_type": "add_to_cart", "cart": {"id": "cart-5"}, "line_items": [LINE]}
REMOVED = {
    "event_type": "remove_from_cart",
    "cart": {"id": "cart-5", "name": "Wishes"},
    "line_items": [LINE | {"site_categories": []}],
}
EDITED = {"event_type": "edit_cart", "cart": {"id": "cart-5"}, "line_items": [LINE, LINE]}
SUCCESS = {
    "event_type": "order_success",
    "order": {"id": "order-6"},
    "cart": {"id": "cart-5"},
    "line_items": [LINE],
}
STEP = {
    "event_type": "funnel",
    "funnel_name": "checkout",
    "step_name": "address",
    "step_position": 2,
    "last_step": False,
}
TRACKED = [PRODUCT_VIEW, CATEGORY_VIEW, BEGUN, ADDED, REMOVED, EDITED, SUCCESS, STEP]


def wrapped(*events, **members):
    """Return a wrapper as a beacon sends it: numeric org and site, and all cookies."""
    cookie = "session=abc-cookie; theme=dark"
    return CONTEXT | {"org": 9, "site": 123, "cookie": cookie, "data": list(events)} | members


def send(client, path, value, method="POST", headers=None):
    """Return the status and the JSON of the response; the tracker gets no token."""
    if headers is None:
        headers = {} if path == "tracker" else BEARER
    body = value if isinstance(value, bytes) else json.dumps(deepcopy(value)).encode()
    answer = client.open(f"/v1/{path}", method=method, data=body, headers=headers)
    return answer.status_code, answer.get_json()


def kept(client):
    """Return (site, version, kind, id, event) of all stored events, oldest first."""
    store = client.application.extensions["jirafe_api"].store
    return [
        (stored.site, stored.version, stored.kind, stored.id, stored.event)
        for stored in store.events()
    ]


def kept_events(client):
    return [event for *_, event in kept(client)]
