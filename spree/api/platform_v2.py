"""The Platform API v2 of Spree 4.4 to 5.3, and of later shops with the gem that restores it."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from spree.api.connection import Connection, segment
from spree.api.errors import CredentialError, ShopError
from spree.api.paging import Listing, Page, Row
from spree.api.shop import Shop, numbered, page_count
from spree.payloads import platform
from spree.payloads.fields import Record, record
from spree.payloads.json_api import Document, Resource

_ROOT = "/api/v2/platform"
_RECORDS_A_PAGE = 100  # more than 500 would silently be 25
_MARGIN = 60  # seconds before its end at which a token is renewed

_ORDER = ",".join(
    (
        "user",
        *(f"{kind}_address.{place}" for kind in ("bill", "ship") for place in ("country", "state")),
        "line_items.variant.product.taxons",
        "line_items.variant.option_values.option_type",
        "line_items.variant.images",
        "adjustments",
        "shipments",
    )
)
_PRODUCT = ",".join(
    (
        "taxons",
        "images",
        *(
            f"{kind}.{more}"
            for kind in ("primary_variant", "variants")
            for more in ("option_values.option_type", "images")
        ),
    )
)
_CUSTOMER = ",".join(
    f"{kind}_address.{place}" for kind in ("bill", "ship") for place in ("country", "state")
)


class PlatformV2(Shop):
    """A shop with the Platform API v2; it reads the store of the host."""

    def __init__(
        self,
        connection: Connection,
        client_id: str,
        client_secret: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._clock = clock
        self._token = ""
        self._expires = clock()

    def order(self, reference: str) -> Record | None:
        """Return the order with this number or id."""
        return self._one("orders", reference, _ORDER, platform.order)

    def product(self, identifier: str) -> Record | None:
        """Return the product with this id."""
        return self._one("products", identifier, _PRODUCT, platform.product)

    def products(self, cursor: str | None = None) -> Page:
        """Return the next page of products."""
        return self._page("products", _PRODUCT, platform.product, cursor)

    def taxons(self, cursor: str | None = None) -> Page:
        """Return the next page of taxons."""
        return self._page("taxons", "parent,taxonomy", platform.taxon, cursor)

    def customers(self, cursor: str | None = None) -> Page:
        """Return the next page of customers with an account."""
        return self._page("users", _CUSTOMER, platform.customer, cursor)

    def _list_orders(
        self, filters: Mapping[str, str], sort: str, page: int, *, whole: bool
    ) -> Listing:
        document, pages = self._list("orders", page, _ORDER if whole else "", filters, sort)
        return Listing([_row(one) for one in document.data], pages)

    def _page(
        self, resource: str, include: str, read: Callable[[Resource], Record], cursor: str | None
    ) -> Page:
        def numbered_page(page: int) -> tuple[list[Record], int]:
            document, pages = self._list(resource, page, include, {}, "id")
            return [read(one) for one in document.data], pages

        return numbered(cursor, numbered_page)

    def _list(
        self,
        resource: str,
        page: int,
        include: str,
        filters: Mapping[str, str],
        sort: str,
    ) -> tuple[Document, int]:
        """Return a page and the number of pages; the last page's `links.next` is itself."""
        params = {
            "page": page,
            "per_page": _RECORDS_A_PAGE,
            "sort": sort,  # without it, pages may overlap or miss some
            **({"include": include} if include else {}),
            **{f"filter[{name}]": value for name, value in filters.items()},
        }
        answer = self._get(f"{_ROOT}/{resource}", params)
        if answer is None:
            raise ShopError("The shop has no Platform API v2.")
        return Document(answer), page_count(record(answer.get("meta")).get("total_pages"))

    def _one(
        self, resource: str, reference: str, include: str, read: Callable[[Resource], Record]
    ) -> Record | None:
        answer = self._get(f"{_ROOT}/{resource}/{segment(reference)}", {"include": include})
        found = Document(answer).data if answer else []
        return read(found[0]) if found else None

    def _get(self, path: str, params: Mapping[str, Any]) -> Record | None:
        """Return the object at the path; get a new token if the shop has revoked the old one."""
        is_new = self._renew() if self._clock() >= self._expires else False
        try:
            return self._connection.get(path, self._headers(), params)
        except CredentialError:
            if is_new:
                raise
        self._renew()
        return self._connection.get(path, self._headers(), params)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _renew(self) -> bool:
        form = {"grant_type": "client_credentials", "scope": "read", **self._client}
        answer = self._connection.post("/spree_oauth/token", form) or {}
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token:
            raise CredentialError("The shop issues no token for this client id and secret.")
        lasts = seconds if isinstance(seconds, int) else 0
        self._token, self._expires = token, self._clock() + max(0, lasts - _MARGIN)
        return True


def _row(source: Resource) -> Row:
    order = platform.order(source)
    return Row(source.id, order.get("updated_at"), order, lambda: order)
