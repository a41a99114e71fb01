"""A shop from its first day on: all that changes in it, in its own time order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from tests.simulator.shop import traffic
from tests.simulator.shop.catalog import Product, Taxon, products, taxons
from tests.simulator.shop.customers import Person, person
from tests.simulator.shop.pricing import TAX_RATES, terms
from tests.simulator.shop.purchase import CART_STATES, DECIMALS, Purchase
from tests.simulator.shop.sale import Numbers, Sale
from tests.simulator.shop.traffic import Visit

_LOYALTY = 8
"""How much more often than others somebody who bought comes back."""


@dataclass(frozen=True)
class Account:
    """A customer's account, as the shop knows it."""

    user_id: int
    person: Person
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Change:
    """Something that changed in the shop.

    `kind` is "taxon", "product", "customer", "visit", "cart" or "order"; `action` is "new",
    "updated" or "canceled". `subject` is the state after the change, `previous` that of the same
    purchase before it.
    """

    at: datetime
    kind: str
    action: str
    subject: Taxon | Product | Account | Visit | Purchase
    previous: Purchase | None = None


@dataclass(frozen=True)
class Shop:
    """A shop that is made up from a seed; the same seed makes the same history.

    It opens at `start` (aware, UTC) for a number of days. `conversion` is the share of visits that
    fill a cart; six in ten of those carts become orders.
    """

    seed: int
    start: datetime
    days: int
    visits_per_day: float = 40
    conversion: float = 0.08
    products: int = 12

    def history(self) -> Iterator[Change]:
        """Yield every change in time order; the lives of orders go on after the last day."""
        day = _Days(self)
        ahead: list[tuple[datetime, int, Change]] = []
        order = count()
        for number in range(self.days + 1):
            at = self.start + timedelta(days=number)
            is_open = number < self.days
            while ahead and (not is_open or ahead[0][0] < at):
                yield heappop(ahead)[2]
            for change in day.changes(at) if is_open else ():
                heappush(ahead, (change.at, next(order), change))


class _Days:
    """The shop's days, one after the other."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._rng = rng = Random(shop.seed)
        self._numbers = Numbers(rng)
        self._users = count(7)
        self._tax = rng.choice(TAX_RATES)
        main = rng.choice(list(DECIMALS))
        self._currencies = [main, main, main, rng.choice(list(DECIMALS))]
        self._people: list[Person] = []
        opening = shop.start - timedelta(days=1)
        self._taxons = taxons(opening)
        self._shelf = list(products(rng, self._taxons, opening, shop.products))
        self._stock = [
            *(Change(taxon.updated_at, "taxon", "new", taxon) for taxon in self._taxons),
            *(Change(product.updated_at, "product", "new", product) for product in self._shelf),
        ]

    def changes(self, day: datetime) -> Iterator[Change]:
        """Yield what this day brings, and what comes of it later, in no order."""
        yield from self._stock
        self._stock = []
        if self._rng.random() < 0.4:
            yield self._rename(day + timedelta(seconds=self._rng.randrange(86400)))
        visits = self._shop.visits_per_day * traffic.factor(day) * self._rng.uniform(0.7, 1.3)
        # In time order, because people are guests until they register.
        for moment in sorted(self._rng.randrange(86_400_000) for _ in range(round(visits))):
            yield from self._visit(day + timedelta(milliseconds=moment))

    def _rename(self, at: datetime) -> Change:
        place = self._rng.randrange(len(self._shelf))
        old = self._shelf[place]
        name = old.name.removesuffix(" XL") + (" XL" if self._rng.random() < 0.7 else "")
        self._shelf[place] = replace(old, name=name, updated_at=at)
        return Change(at, "product", "updated", self._shelf[place])

    def _visit(self, at: datetime) -> Iterator[Change]:
        rng, buyer = self._rng, self._person()
        pages = traffic.browsing(rng)
        fills = rng.random() < self._shop.conversion
        completes = fills and rng.random() < 0.6
        if fills:
            pages += ["product", "cart"]
        if completes:
            pages += ["checkout", "order_confirm", "order_success"]
        visit = traffic.visit(rng, buyer.visitor, at, self._shelf, pages)
        yield Change(visit.pageviews[-1].at, "visit", "new", visit)
        if not fills:
            return
        if buyer.user_id is None and rng.random() < 0.3:
            yield self._register(buyer, at)
        yield from self._sale(visit, buyer, completes=completes)

    def _person(self) -> Person:
        if self._people and self._rng.random() < 0.4:
            return self._rng.choice(self._people)
        self._people.append(person(self._rng, len(self._people) + 1))
        return self._people[-1]

    def _register(self, buyer: Person, at: datetime) -> Change:
        buyer.user_id = next(self._users)
        account = Account(buyer.user_id, replace(buyer), at, at)
        return Change(at, "customer", "new", account)

    def _sale(self, visit: Visit, buyer: Person, *, completes: bool) -> Iterator[Change]:
        cart_terms = terms(self._rng, self._rng.choice(self._currencies), self._tax)
        sale = Sale.begin(self._rng, self._shelf, self._numbers, cart_terms, visit)
        previous = sale.now
        yield Change(previous.updated_at, "cart", "new", previous)
        states: list[Any] = [*sale.checkout(buyer, completes=completes)]
        if completes:
            states += sale.afterlife()
            self._people += [buyer] * _LOYALTY
        for state in states:
            yield Change(state.updated_at, *_named(state, previous), state, previous)
            previous = state


def _named(state: Purchase, previous: Purchase) -> tuple[str, str]:
    """Return the kind and the action of a change from one state to the next."""
    if state.state in CART_STATES:
        return "cart", "updated"
    if previous.completed_at is None:
        return "order", "new"
    is_canceled = state.state == "canceled" and previous.state != "canceled"
    return "order", "canceled" if is_canceled else "updated"
