"""The Admin API v3 of Spree 5.5 and later."""

from collections.abc import Mapping
from typing import Any

from spree.api.connection import Connection, segment
from spree.api.errors import ShopError
from spree.api.paging import Listing, Page, Row
from spree.api.shop import Shop, numbered, page_count
from spree.ids import prefixed_id, record_id
from spree.payloads import v3
from spree.payloads.fields import Record, record, rows

_ROOT = "/api/v3/admin"
_RECORDS_A_PAGE = 100  # more would silently be 100
_ORDER = "items.variant,fulfillments,billing_address,shipping_address,adjustments"
_PRODUCT = "variants,default_variant,categories,media"


class AdminV3(Shop):
    """A shop with the Admin API v3; it reads the store that the key belongs to."""

    def __init__(self, connection: Connection, key: str) -> None:
        self._connection = connection
        self._headers = {"X-Spree-Api-Key": key}
        self._known_roots: dict[str, str] | None = None

    def order(self, reference: str) -> Record | None:
        """Return the order with this number."""
        rows_, _ = self._list_orders({"number_eq": reference}, "id", 1, whole=True)
        return next((one.summary for one in rows_ if one.summary.get("number") == reference), None)

    def product(self, identifier: str) -> Record | None:
        """Return the product with this id, with or without prefix."""
        path = f"products/{segment(prefixed_id('prod', identifier))}"
        answer = self._get(path, {"expand": _PRODUCT})
        return v3.product(answer, self._roots()) if answer else None

    def products(self, cursor: str | None = None) -> Page:
        """Return the next page of products."""
        roots = self._roots()
        return self._page("products", lambda one: v3.product(one, roots), cursor, expand=_PRODUCT)

    def taxons(self, cursor: str | None = None) -> Page:
        """Return the next page of categories; their roots stand for taxonomies."""
        roots = self._roots()
        return self._page("categories", lambda one: v3.category(one, roots), cursor)

    def customers(self, cursor: str | None = None) -> Page:
        """Return the next page of customers with an account."""
        return self._page("customers", v3.customer, cursor)

    def _list_orders(
        self, filters: Mapping[str, str], sort: str, page: int, *, whole: bool
    ) -> Listing:
        more = {"expand": _ORDER} if whole else {}
        records, pages = self._list("orders", page, filters, sort, **more)
        return Listing([_row(one) for one in records], pages)

    def _page(self, resource: str, read: Any, cursor: str | None, **more: Any) -> Page:
        def numbered_page(page: int) -> tuple[list[Record], int]:
            records, pages = self._list(resource, page, {}, "id", **more)
            return [read(one) for one in records], pages

        return numbered(cursor, numbered_page)

    def _list(
        self,
        resource: str,
        page: int,
        filters: Mapping[str, str],
        sort: str,
        **more: Any,
    ) -> tuple[list[Record], int]:
        params = {
            "page": page,
            "limit": _RECORDS_A_PAGE,
            "sort": sort,  # without it, there is no order
            **{f"q[{name}]": value for name, value in filters.items()},
            **more,
        }
        answer = self._get(resource, params)
        if answer is None:
            raise ShopError(f"The shop has no {_ROOT}/{resource}.")
        return rows(answer.get("data")) or [], page_count(record(answer.get("meta")).get("pages"))

    def _roots(self) -> dict[str, str]:
        """Return the ids of the root categories by permalink, read once."""
        if self._known_roots is None:
            roots: dict[str, str] = {}
            page, pages = 0, 1
            while page < pages:
                page += 1
                records, pages = self._list("categories", page, {}, "id")
                is_root = (one for one in records if one.get("parent_id") is None)
                roots |= {
                    str(one.get("permalink")): record_id(one.get("id")) or "" for one in is_root
                }
            self._known_roots = roots
        return self._known_roots

    def _get(self, path: str, params: Mapping[str, Any]) -> Record | None:
        return self._connection.get(f"{_ROOT}/{path}", self._headers, params)


def _row(data: Record) -> Row:
    order = v3.order(data)
    return Row(record_id(data.get("id")) or "", order.get("updated_at"), order, lambda: order)
