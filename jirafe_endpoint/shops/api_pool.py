"""Open APIs of connected shops, kept for the next use."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from jirafe_endpoint.shops.connections import ConnectedShop
from spree.api.connection import Connection, Limits
from spree.api.kinds import open_shop
from spree.api.shop import Shop

LIMITS = Limits(answer_time=15, tries=2, longest_wait=5)
"""For reading one order or product, within the lease of an inbox job, which is retried anyway."""

_Key = tuple[str, str, frozenset[tuple[str, str]]]


class ApiPool:
    """Lends open APIs, each to one thread at a time. Opening one can take three requests."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._idle: defaultdict[_Key, list[Shop]] = defaultdict(list)

    @contextmanager
    def borrowed(self, shop: ConnectedShop) -> Iterator[Shop]:
        """Yield the API of a shop; raise ShopError if it cannot be opened."""
        key = (shop.url, shop.kind, frozenset(shop.credential.items()))
        with self._lock:
            api = self._idle[key].pop() if self._idle[key] else None
        api = api or open_api(shop, self._limits)
        yield api
        with self._lock:  # only if nothing failed
            self._idle[key].append(api)


def open_api(shop: ConnectedShop, limits: Limits) -> Shop:
    """Return the API of a shop; raise ShopError if it cannot be opened."""
    # Garbage collection closes the session, which holds nothing but idle sockets.
    connection = Connection(requests.Session(), shop.url, limits)
    return open_shop(shop.kind, connection, shop.credential)
