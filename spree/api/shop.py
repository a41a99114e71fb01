"""The common interface to shops, whatever API they have."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from spree.api.errors import CredentialError, ShopError
from spree.api.paging import Listing, Page, Place, Row, following, iso, moment
from spree.messages import is_canceled
from spree.payloads.fields import Record, amount

LOOK_BACK = timedelta(days=90)
"""How far back to look for changes if orders can only be listed by creation date."""


@dataclass(frozen=True, slots=True)
class Sales:
    """The completed orders of a period in one currency; canceled ones are counted separately."""

    orders: int = 0
    total: Decimal = Decimal(0)
    canceled: int = 0

    def with_order(self, order: Record) -> "Sales":
        """Return the sales with one more order."""
        if is_canceled(order):
            return replace(self, canceled=self.canceled + 1)
        total = self.total + (amount(order.get("total")) or Decimal(0))
        return replace(self, orders=self.orders + 1, total=total)


class Shop(ABC):
    """A shop that can be read. All records are in the form of spree.payloads.

    Methods raise ShopError or its subclasses CredentialError and ShopUnavailableError.
    """

    finds_changes = True
    """Whether orders can be listed by the time of their last change.

    Otherwise they are listed by creation, and only those that changed are read whole.
    """

    def orders(self, since: datetime | None = None, cursor: str | None = None) -> Page:
        """Return the next page of orders and carts, oldest change first.

        With `since`, only those that changed since then, and without `finds_changes` only if they
        were created at most LOOK_BACK before. `cursor` is that of the previous page and stays valid
        for days; pass the same `since` with each page.
        """
        place = Place.at(cursor) if cursor else self._start(since)
        filters, sort = place.query()
        if not self.finds_changes and since:
            filters["created_at_gteq"] = iso(since - LOOK_BACK)
        rows, pages = self._list_orders(filters, sort, place.page, whole=True)
        then = following(place, rows, pages)
        changed = (row for row in rows if since is None or _may_have_changed(row, since))
        fresh = (row.whole() for row in changed if not place.has_seen(row))
        records = [order for order in fresh if order is not None]
        return Page(records, then.cursor() if then else None, max(0, pages - 1))

    def _start(self, since: datetime | None) -> Place:
        if not self.finds_changes:
            return Place(after_id="0")
        return Place(iso(since)) if since else Place()

    def sales(self, start: datetime, end: datetime) -> dict[str, Sales]:
        """Return the shop's sales from `start` until before `end`, by currency."""
        filters = {"completed_at_gteq": iso(start), "completed_at_lt": iso(end)}
        sales: dict[str, Sales] = {}
        page, pages = 0, 1
        while page < pages:
            page += 1
            rows, pages = self._list_orders(filters, "id", page, whole=False)
            for order in (row.summary for row in rows):
                _require_within(order, start, end)
                currency = str(order.get("currency"))
                sales[currency] = sales.get(currency, Sales()).with_order(order)
        return sales

    def readable(self) -> dict[str, str | None]:
        """Return None for each list that can be read, or the reason why it cannot, by name."""
        lists: dict[str, Callable[[], Page | Listing]] = {
            "orders": lambda: self._list_orders({}, "id", 1, whole=False),
            "products": self.products,
            "taxons": self.taxons,
            "customers": self.customers,
        }
        return {name: _reason(read) for name, read in lists.items()}

    @abstractmethod
    def order(self, reference: str) -> Record | None:
        """Return the order with this number, or this id if the API accepts ids, or None."""

    @abstractmethod
    def product(self, identifier: str) -> Record | None:
        """Return the product with this id, or None."""

    @abstractmethod
    def products(self, cursor: str | None = None) -> Page:
        """Return the next page of products."""

    @abstractmethod
    def taxons(self, cursor: str | None = None) -> Page:
        """Return the next page of taxons."""

    @abstractmethod
    def customers(self, cursor: str | None = None) -> Page:
        """Return the next page of customers with an account."""

    @abstractmethod
    def _list_orders(
        self, filters: Mapping[str, str], sort: str, page: int, *, whole: bool
    ) -> Listing:
        """Return a page of orders by filters with ransack's names; summaries without `whole`."""


def numbered(cursor: str | None, read: Callable[[int], tuple[list[Record], int]]) -> Page:
    """Return a page of a list by page number; safe for lists sorted by id that only grow."""
    place = Place.at(cursor) if cursor else Place()
    records, pages = read(place.page)
    cursor = Place(page=place.page + 1).cursor() if place.page < pages else None
    return Page(records, cursor, max(0, pages - place.page))


def page_count(value: Any) -> int:
    """Return the number of pages that the shop reports."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ShopError("The shop does not say how many pages there are.")
    return value


def _require_within(order: Record, start: datetime, end: datetime) -> None:
    """Raise ShopError if an order is outside of the period, as shops ignore unknown filters."""
    try:
        completed = datetime.fromisoformat(str(order.get("completed_at")))
        is_within = start <= completed < end
    except (ValueError, TypeError):
        is_within = False
    if not is_within:
        raise ShopError("The shop ignores the filter by completed_at.")


def _may_have_changed(row: Row, since: datetime) -> bool:
    """Whether an order may have changed since then; True if the list does not say when."""
    return row.updated_at is None or moment(row.updated_at) >= since


def _reason(read: Callable[[], Any]) -> str | None:
    try:
        read()
    except CredentialError:
        return "the credential does not allow reading this"
    return None
