"""Shops that are read over a socket in tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from spree.api.connection import Connection, Limits
from spree.api.kinds import open_shop
from spree.api.shop import Shop
from spree.payloads.fields import Record
from tests.spree.fake_spree.apis import CLIENT, KEY, FakeSpree
from tests.spree.fake_spree.records import ShopData
from tests.spree.fake_spree.server import serving_shop
from tests.spree.fake_spree.shop import FakeShop, play_small_history

KIND_OF = {
    "3.0": ("api-v1", {"token": KEY}),
    "4.4": ("api-v1", {"token": KEY}),
    "5.3": ("platform-v2", CLIENT),
    "5.6": ("admin-v3", {"key": KEY}),
    "solidus": ("solidus", {"token": KEY}),
}
"""The kind and the credential of the shop of each version."""

VERSIONS = tuple(KIND_OF)
BY_TIME = ("4.4", "5.3", "5.6")
"""The versions whose orders can be listed by when they changed."""


class Clock:
    """Time that passes only during sleep."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@contextmanager
def opened(
    data: ShopData,
    version: str,
    limits: Limits | None = None,
    clock: Clock | None = None,
    **credential: str,
) -> Iterator[tuple[Shop, FakeSpree]]:
    """Serve the shop's API, and open it with its own credential or another."""
    kind, own = KIND_OF[version]
    timing: dict[str, Any] = {"clock": clock, "sleep": clock.sleep} if clock else {}
    with serving_shop(data, version) as fake, requests.Session() as session:
        connection = Connection(session, fake.url, limits, **timing)
        yield open_shop(kind, connection, {**own, **credential}), fake


def pages(read: Any, cursor: str | None = None, **arguments: Any) -> Iterator[list[Record]]:
    """Walk through a list page by page, as the cursor leads."""
    known = set()
    while cursor not in known:
        known.add(cursor)
        page = read(**arguments, cursor=cursor)
        yield page.records
        cursor = page.cursor
        if cursor is None:
            return
    raise AssertionError(f"{cursor} is the cursor of a page that was read before")


def all_of(read: Any, cursor: str | None = None, **arguments: Any) -> list[Record]:
    return [record for page in pages(read, cursor, **arguments) for record in page]


def small_shop() -> FakeShop:
    shop = FakeShop()
    play_small_history(shop)
    return shop


def shop_of(count: int, at_once: int = 1) -> FakeShop:
    """Return a shop with `count` orders, some of them updated in the same millisecond."""
    shop = FakeShop()
    for place in range(count):
        order = shop.start_cart("USD")
        hours, microseconds = divmod(place, at_once)
        passed = timedelta(hours=hours, microseconds=microseconds)
        order.updated_at = datetime(2026, 3, 2, tzinfo=UTC) + passed
    return shop
