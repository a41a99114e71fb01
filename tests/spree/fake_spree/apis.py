"""The APIs of a shop, with the traps that Spree's own have."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from tests.spree.fake_spree.formats import admin, documents, v1, v3
from tests.spree.fake_spree.formats.json_api import Rendering
from tests.spree.fake_spree.records import Order, ShopData

KEY = "an-admin's-key"
CLIENT = {"client_id": "client-1", "client_secret": "client-1-secret"}

Query = dict[str, str]
Answer = tuple[int, Any]

_TYPES: dict[str, Callable[[str], Any]] = {
    "id": int,
    "number": str,
    "completed_at": datetime.fromisoformat,
    "created_at": datetime.fromisoformat,
    "updated_at": datetime.fromisoformat,
}
"""What orders can be filtered and sorted by; by `updated_at` only in some versions."""


@dataclass
class Asked:
    """A request that the shop received."""

    path: str
    query: Query
    headers: dict[str, str]


@dataclass
class FakeSpree:
    """A shop's APIs. `version` is one of "3.0", "4.4", "5.3", "5.4" (which has none), "5.6",
    "solidus".

    `trouble` has answers, (status, headers, body), that come first, one per request.
    """

    shop: ShopData
    version: str
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    trouble: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    tokens: int = 0
    largest_page: int = 100
    ignores_filters: bool = False

    def answer(self, path: str, query: Query, headers: dict[str, str], form: Query) -> Answer:
        """Return the status and the JSON of the answer."""
        if path == "/spree_oauth/token" and self.version == "5.3":
            return self._token(form)
        if self.version == "5.4":
            return 404, {"error": "not found"}
        root, routes, is_known = self._api()
        if self.version == "4.4" and path.startswith("/api/") and not path.startswith(root):
            return 301, {"error": "moved"}
        if not path.startswith(f"{root}/"):
            return 404, {"error": "not found"}
        resource, _, reference = path.removeprefix(f"{root}/").partition("/")
        if resource not in routes:
            return 404, {"error": "not found"}
        if not is_known(headers):
            return 401, {"error": "unauthorized"}
        listed, shown = routes[resource]
        if not reference:
            return 200, listed(query)
        found = shown(reference, query) if shown else None
        return (404, {"error": "not found"}) if found is None else (200, found)

    def _api(self) -> tuple[str, dict[str, Any], Callable[[dict[str, str]], bool]]:
        if self.version == "5.6":
            return "/api/v3/admin", self._admin(), lambda sent: sent.get("x-spree-api-key") == KEY
        if self.version == "5.3":
            token = f"Bearer token-{self.tokens}"
            return "/api/v2/platform", self._platform(), lambda s: s.get("authorization") == token
        if self.version == "solidus":
            return "/api", self._v1(), lambda sent: sent.get("authorization") == f"Bearer {KEY}"
        root = "/api" if self.version == "3.0" else "/api/v1"
        return root, self._v1(), lambda sent: sent.get("x-spree-token") == KEY

    def _token(self, form: Query) -> Answer:
        if form != {"grant_type": "client_credentials", "scope": "read", **CLIENT}:
            return 401, {"error": "invalid_client"}
        self.tokens += 1
        return 200, {"access_token": f"token-{self.tokens}", "expires_in": 2592000}

    def _v1(self) -> dict[str, Any]:
        is_solidus = self.version == "solidus"
        shop = self.shop

        def orders(query: Query) -> Any:
            rows, envelope = self._page(self._chosen(query, "q[{}]", "q[s]"), query, "per_page")
            if not is_solidus:
                envelope = {name: envelope[name] for name in ("count", "current_page", "pages")}
            return {"orders": [v1.summary(one, is_solidus=is_solidus) for one in rows], **envelope}

        def order(number: str, _: Query) -> Any:
            one = next((order for order in shop.orders if order.number == number), None)
            return v1.order(one, is_solidus=is_solidus) if one else None

        def product(identifier: str, _: Query) -> Any:
            one = next((one for one in shop.products if str(one.id) == identifier), None)
            return v1.product(one) if one else None

        def listing(name: str, render: Callable[[Any], Any], rows: list[Any]) -> Any:
            def listed(query: Query) -> Any:
                page, envelope = self._page(rows, query, "per_page")
                return {name: [render(one) for one in page], **envelope}

            return listed

        return {
            "orders": (orders, order),
            "products": (listing("products", v1.product, shop.products), product),
            "taxons": (listing("taxons", v1.taxon, shop.taxons), None),
            "users": (
                listing("users", lambda one: v1.user(one, is_solidus=is_solidus), shop.customers),
                None,
            ),
        }

    def _platform(self) -> dict[str, Any]:
        rendering = Rendering(self.shop, is_webhook=False)
        index = rendering.index

        def document(main: Any, query: Query) -> dict[str, Any]:
            return rendering.document(main, query.get("include", ""))

        def orders(query: Query) -> Any:
            chosen = self._chosen(query, "filter[{}]", "sort")
            rows, envelope = self._page(chosen, query, "per_page")
            main = [rendering.order(one) for one in rows]
            return {**document(main, query), **documents.meta(envelope)}

        def order(reference: str, query: Query) -> Any:
            one = next((o for o in self.shop.orders if reference in (o.number, str(o.id))), None)
            return document(rendering.order(one), query) if one else None

        def resource(kind: str) -> tuple[Callable[[Query], Any], Callable[[str, Query], Any]]:
            def listed(query: Query) -> Any:
                mains = [one for key, one in index.items() if key[0] == kind]
                page, envelope = self._page(mains, query, "per_page")
                return {**document(page, query), **documents.meta(envelope)}

            def shown(reference: str, query: Query) -> Any:
                one = index.get((kind, reference))
                return document(one, query) if one else None

            return listed, shown

        names = {"products": "product", "taxons": "taxon", "users": "user"}
        return {"orders": (orders, order), **{name: resource(k) for name, k in names.items()}}

    def _admin(self) -> dict[str, Any]:
        shop = self.shop

        def expand(query: Query) -> set[str]:
            return {one.partition(".")[0] for one in query.get("expand", "").split(",")}

        def orders(query: Query) -> Any:
            rows, envelope = self._page(self._chosen(query, "q[{}]", "sort"), query, "limit")
            return admin.page([admin.order(one, expand(query)) for one in rows], envelope)

        def listing(render: Callable[[Any, set[str]], Any], rows: list[Any]) -> Any:
            def listed(query: Query) -> Any:
                page, envelope = self._page(rows, query, "limit")
                return admin.page([render(one, expand(query)) for one in page], envelope)

            return listed

        def product(reference: str, query: Query) -> Any:
            found = (one for one in shop.products if v3.prefixed("prod", one.id) == reference)
            one = next(found, None)
            return admin.product(one, expand(query)) if one else None

        return {
            "orders": (orders, None),
            "products": (listing(admin.product, shop.products), product),
            "categories": (listing(lambda one, _: admin.category(one), shop.taxons), None),
            "customers": (listing(lambda one, _: admin.customer(one), shop.customers), None),
        }

    def _chosen(self, query: Query, form: str, sort: str) -> list[Order]:
        """Filter and sort. What may not be filtered or sorted by is ignored without a word."""
        names = set(_TYPES)
        if self.version in ("3.0", "solidus"):
            names.remove("updated_at")
        chosen = list(self.shop.orders)
        random.Random(len(self.asked)).shuffle(chosen)  # no order without a sort
        for name in names if not self.ignores_filters else ():
            for predicate, holds in _PREDICATES.items():
                text = query.get(form.format(f"{name}_{predicate}"))
                if text:
                    wanted = _TYPES[name](text)
                    chosen = [o for o in chosen if _holds(getattr(o, name), wanted, holds)]
        name = query.get(sort, "").removesuffix(" asc")
        return sorted(chosen, key=attrgetter(name)) if name in names else chosen

    def _page(self, rows: list[Any], query: Query, size: str) -> tuple[list[Any], dict[str, int]]:
        """Return a page. Too large a size silently becomes the largest, or 25 in the API v2."""
        asked = int(query.get(size, "25"))
        smaller = 25 if self.version == "5.3" else self.largest_page
        per_page = asked if asked <= self.largest_page else min(smaller, self.largest_page)
        pages = max(1, -(-len(rows) // per_page))
        page = int(query.get("page", "1"))
        shown = rows[(page - 1) * per_page : page * per_page]
        return shown, {
            "count": len(shown),
            "total_count": len(rows),
            "current_page": page,
            "per_page": per_page,
            "pages": pages,
        }


_PREDICATES: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: value == wanted,
    "gt": lambda value, wanted: value > wanted,
    "gteq": lambda value, wanted: value >= wanted,
    "lt": lambda value, wanted: value < wanted,
}


def _holds(value: Any, wanted: Any, holds: Callable[[Any, Any], bool]) -> bool:
    return value is not None and holds(value, wanted)
