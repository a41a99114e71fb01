"""The API v1 of Spree up to 4.4 and of Solidus. Its lists only have summaries of orders."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from spree.api.connection import Connection, segment
from spree.api.errors import ShopError
from spree.api.paging import Listing, Page, Row
from spree.api.shop import Shop, numbered, page_count
from spree.ids import record_id
from spree.payloads import v1
from spree.payloads.fields import Record, rows

_ORDERS_A_PAGE = 50  # each needs a request of its own
_RECORDS_A_PAGE = 100
_LONG_FROM_NOW = "9999-01-01T00:00:00Z"


class ApiV1(Shop):
    """A shop with the API v1, at `/api/v1` or, until Spree 3.0 and in Solidus, at `/api`."""

    def __init__(
        self, connection: Connection, headers: Mapping[str, str], root: str, *, finds_changes: bool
    ) -> None:
        self._connection = connection
        self._headers = headers
        self._root = root
        self.finds_changes = finds_changes

    def order(self, reference: str) -> Record | None:
        """Return the order with this number."""
        answer = self._get(f"orders/{segment(reference)}")
        return None if answer is None else v1.order(answer)

    def product(self, identifier: str) -> Record | None:
        """Return the product with this id."""
        answer = self._get(f"products/{segment(identifier)}")
        return None if answer is None else v1.product(answer)

    def products(self, cursor: str | None = None) -> Page:
        """Return the next page of products, without deleted ones."""
        return self._page("products", v1.product, cursor)

    def taxons(self, cursor: str | None = None) -> Page:
        """Return the next page of taxons, without their nested children."""
        return self._page("taxons", v1.taxon, cursor, without_children=1)

    def customers(self, cursor: str | None = None) -> Page:
        """Return the next page of customers with an account."""
        return self._page("users", v1.customer, cursor)

    def _list_orders(
        self, filters: Mapping[str, str], sort: str, page: int, *, whole: bool
    ) -> Listing:
        size = _ORDERS_A_PAGE if whole else _RECORDS_A_PAGE
        answer = self._list("orders", page, size, filters, sort)
        return Listing([self._row(one) for one in rows(answer.get("orders")) or []], _pages(answer))

    def _row(self, data: Record) -> Row:
        summary = v1.order(data)
        return Row(
            id=record_id(data.get("id")) or "",
            updated_at=summary.get("updated_at"),
            summary=summary,
            whole=partial(self.order, str(summary.get("number"))),
        )

    def _page(self, resource: str, read: Any, cursor: str | None, **more: Any) -> Page:
        def numbered_page(page: int) -> tuple[list[Record], int]:
            answer = self._list(resource, page, _RECORDS_A_PAGE, {}, "id", **more)
            return [read(one) for one in rows(answer.get(resource)) or []], _pages(answer)

        return numbered(cursor, numbered_page)

    def _list(
        self,
        resource: str,
        page: int,
        size: int,
        filters: Mapping[str, str],
        sort: str,
        **more: Any,
    ) -> Record:
        answer = self._get(
            resource,
            {
                "page": page,
                "per_page": size,
                "q[s]": f"{sort} asc",
                **{f"q[{name}]": value for name, value in filters.items()},
                **more,
            },
        )
        if answer is None:
            raise ShopError(f"The shop has no {self._root}/{resource}.")
        return answer

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Record | None:
        return self._connection.get(f"{self._root}/{path}", self._headers, params)


def open_v1(connection: Connection, token: str) -> ApiV1:
    """Return a Spree shop up to 4.4, after detecting its API's path and its filters."""
    headers = {"X-Spree-Token": token}
    root = _root(connection, headers)
    # Spree up to 3.0 ignores the filter and returns everything.
    answer = connection.get(
        f"{root}/orders", headers, {"q[updated_at_gteq]": _LONG_FROM_NOW, "per_page": 1}
    )
    finds_changes = answer is not None and not answer.get("orders")
    return ApiV1(connection, headers, root, finds_changes=finds_changes)


def open_solidus(connection: Connection, token: str) -> ApiV1:
    """Return a Solidus shop, which cannot list orders by the date of their change."""
    headers = {"Authorization": f"Bearer {token}"}
    return ApiV1(connection, headers, "/api", finds_changes=False)


def _root(connection: Connection, headers: Mapping[str, str]) -> str:
    for root in ("/api/v1", "/api"):
        if connection.get(f"{root}/orders", headers, {"per_page": 1}) is not None:
            return root
    raise ShopError("The shop has no API v1: Spree has had none since 4.5.")


def _pages(answer: Record) -> int:
    return page_count(answer.get("pages"))
