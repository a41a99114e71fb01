"""The visits of the shop: when, from where, and to which pages."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from tests.simulator.shop.catalog import Product, Taxon
from tests.simulator.shop.purchase import VisitIds

STORE = "https://shop.example"
_SEARCHES = ("teapot", "Oolong", "gift", "no such thing")


@dataclass(frozen=True)
class Channel:
    """Where visits come from; `weight` is its share of them, `conversion` a factor of sales."""

    rule: tuple[str, ...]
    tags: tuple[str, ...]
    referrer: str
    weight: float
    conversion: float


CHANNELS = (
    Channel(("direct",), (), "", 4, 1.2),
    Channel(("search engines", "google"), (), "https://www.google.com/", 5, 1.0),
    Channel(("social networks", "pinterest"), (), "https://www.pinterest.com/", 2, 0.3),
    Channel(("external referrers", "teablog.example"), (), "https://teablog.example/best", 1, 0.8),
    Channel(("direct",), ("email", "newsletter"), "", 2, 1.8),
)


@dataclass(frozen=True)
class Campaign:
    """Days on which more people come, by a link of its own."""

    name: str
    month: int
    day: int
    days: int
    factor: float

    def runs(self, at: datetime) -> bool:
        first = at.replace(month=self.month, day=self.day, hour=0, minute=0, second=0)
        return first <= at < first + timedelta(days=self.days)

    @property
    def channel(self) -> Channel:
        return Channel(("UTM campaigns", self.name), ("ads", self.name), "", 6, 1.5)


CAMPAIGNS = (
    Campaign("spring", 3, 20, 10, 1.4),
    Campaign("black-friday", 11, 24, 5, 2.5),
    Campaign("christmas", 12, 5, 18, 1.6),
)


@dataclass(frozen=True)
class Pageview:
    """A viewed page, and the product, category or search term that it is about."""

    id: str
    previous_id: str
    at: datetime
    page_type: str
    about: Product | Taxon | str | None = None


@dataclass(frozen=True)
class Visit:
    """A visit and its pageviews, oldest first."""

    id: str
    visitor: str
    started_at: datetime
    channel: Channel
    pageviews: tuple[Pageview, ...]

    @property
    def landing_url(self) -> str:
        query = "&".join(f"jirafe_atr{n}={tag}" for n, tag in enumerate(self.channel.tags, 1))
        return f"{STORE}/?{query}" if query else f"{STORE}/"

    @property
    def looked_at(self) -> Product | None:
        """Return the product that was seen last."""
        seen = [view.about for view in self.pageviews if isinstance(view.about, Product)]
        return seen[-1] if seen else None

    @property
    def ids(self) -> VisitIds:
        """Return the beacon's cookies at the end of the visit."""
        last, before = self.pageviews[-1], self.pageviews[-2:][0]
        return VisitIds(self.id, self.visitor, last.id, before.id)


def factor(at: datetime) -> float:
    """Return how busy the day is: 1 is average, with seasons, weekends and campaigns."""
    season = 1 + 0.25 * math.cos(2 * math.pi * (at.timetuple().tm_yday - 350) / 365)
    weekend = 1.3 if at.weekday() >= 5 else 0.9
    return season * weekend * math.prod(one.factor for one in CAMPAIGNS if one.runs(at))


def visit(
    rng: Random, visitor: str, at: datetime, products: Iterable[Product], pages: Iterable[str]
) -> Visit:
    """Return a visit that starts then and looks at pages of these types."""
    channels = [*CHANNELS, *(one.channel for one in CAMPAIGNS if one.runs(at))]
    (channel,) = rng.choices(channels, [one.weight for one in channels])
    shown = list(products)
    views: list[Pageview] = []
    for page_type in pages:
        product = rng.choice(shown)
        seen: dict[str, Product | Taxon | str] = {
            "product": product,
            "category": product.taxons[0],
            "search": rng.choice(_SEARCHES),
        }
        before = views[-1].id if views else ""
        views.append(Pageview(f"{rng.getrandbits(40)}", before, at, page_type, seen.get(page_type)))
        at += timedelta(seconds=rng.randint(5, 90))
    return Visit(f"{rng.getrandbits(48)}", visitor, views[0].at, channel, tuple(views))


def browsing(rng: Random) -> list[str]:
    """Return the types of the pages of a visit up to the point where some fill a cart."""
    pages = [rng.choice(("homepage", "product", "category"))]
    while rng.random() < 0.6:
        pages.append(rng.choice(("product", "product", "category", "search", "other")))
    return pages
