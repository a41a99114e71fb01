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
"""For one order or product: the inbox itself tries again, and its lease must not end meanwhile."""

_Key = tuple[str, str, frozenset[tuple[str, str]]]


class ApiPool:
    """Lends the APIs of shops. Opening one may take three requests, and one is for one thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: defaultdict[_Key, list[Shop]] = defaultdict(list)

    @contextmanager
    def borrowed(self, shop: ConnectedShop) -> Iterator[Shop]:
        """Yield the API of a shop that can be read; raise ShopError if it cannot be opened."""
        key = (shop.url, shop.kind, frozenset(shop.credential.items()))
        with self._lock:
            api = self._idle[key].pop() if self._idle[key] else None
        api = api or open_api(shop, LIMITS)
        yield api
        with self._lock:  # one that failed is not used again
            self._idle[key].append(api)


def open_api(shop: ConnectedShop, limits: Limits) -> Shop:
    """Return the API of a shop; raise ShopError if it cannot be opened."""
    # The session is closed when it is collected: it has nothing but idle sockets.
    connection = Connection(requests.Session(), shop.url, limits)
    return open_shop(shop.kind, connection, shop.credential)
