"""A message on its way, whom it is for, and how values are written in it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.simulator.shop.catalog import Product, Taxon
from tests.simulator.shop.history import Account, Change
from tests.simulator.shop.purchase import Purchase


@dataclass(frozen=True)
class Site:
    """The Jirafe site of a shop, and the taxonomies that its messages name."""

    id: str
    token: str
    category_taxonomy: str = "1"
    brand_taxonomy: str = "2"
    store_url: str = "https://shop.example"

    @property
    def parameters(self) -> dict[str, str]:
        """Return the parameters of a hub message, without a prefix."""
        return {
            "site_id": self.id,
            "access_token": self.token,
            "product_category_taxonomy": self.category_taxonomy,
            "brand_category_taxonomy": self.brand_taxonomy,
            "store_url": self.store_url,
        }


@dataclass(frozen=True)
class Message:
    """A request about a change.

    `path` is the endpoint's, or the Jirafe Events API's if `to_api`. `subject` is what it is
    about. One that is `in_order` leaves out something that only earlier messages about the
    subject say, such as the date, and may overtake none of those.
    """

    path: str
    body: dict[str, Any]
    subject: tuple[str, str]
    style: str
    in_order: bool = False
    to_api: bool = False


def written(at: datetime | None) -> str | None:
    """Return a date as Rails writes it, in milliseconds."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def number(amount: Decimal) -> float:
    """Return an amount as the hub writes it."""
    return float(amount)


def purchase_of(change: Change) -> Purchase:
    """Return the cart or order that changed."""
    assert isinstance(change.subject, Purchase)
    return change.subject


def subject(change: Change) -> tuple[str, str]:
    """Return what changed; a cart and the order that it becomes are one."""
    match change.subject:
        case Purchase(number=number):
            return "purchase", number
        case Account(user_id=identifier) | Taxon(id=identifier) | Product(id=identifier):
            return change.kind, str(identifier)
        case visit:
            return "visit", visit.id


def message_id(change: Change, style: str) -> str:
    """Return the id of a message: the same each time that it is sent."""
    given = *subject(change), f"{change.at:%Y%m%d%H%M%S%f}", style
    return "-".join(given).replace(" ", "-")
