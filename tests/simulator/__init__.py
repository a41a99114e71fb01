"""A made-up shop that keeps its own books, and sends messages like real shops.

    shop = Shop(seed=1, start=datetime(2026, 3, 2, tzinfo=UTC), days=3)
    changes = list(shop.history())
    sent = as_delivered(messages(changes, Site("demo-shop", "demo-token"), seed=1), seed=1)
    play(sent, sender(endpoint, api), seconds=60)
    Books.of(changes).differences(latest)     # [] once all is delivered

Its arithmetic is its own: nothing here imports the service or its mappers.
"""

from tests.simulator.books import Books, Day
from tests.simulator.comparison import broken_chains
from tests.simulator.play import Outcome, interrupting, play, sender
from tests.simulator.shop.catalog import Product
from tests.simulator.shop.history import Change, Shop
from tests.simulator.wire.message import Message, Site
from tests.simulator.wire.messages import STYLES, as_delivered, messages

__all__ = [
    "STYLES",
    "Books",
    "Change",
    "Day",
    "Message",
    "Outcome",
    "Product",
    "Shop",
    "Site",
    "as_delivered",
    "broken_chains",
    "interrupting",
    "messages",
    "play",
    "sender",
]
