"""The life of one purchase: filled, checked out, edited, shipped, canceled, resumed, returned."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from tests.simulator.shop.catalog import Product
from tests.simulator.shop.customers import Person, spelt
from tests.simulator.shop.pricing import Terms, priced
from tests.simulator.shop.purchase import (
    CART_STATES,
    WORTH,
    ZERO,
    Adjustment,
    Kind,
    Line,
    Purchase,
    Shipment,
    rounded,
)
from tests.simulator.shop.traffic import Visit

_POSTAGE = (ZERO, Decimal(4), Decimal("5.95"))


class Numbers:
    """The numbers that a shop gives to its orders, lines and shipments."""

    def __init__(self, rng: Random) -> None:
        self._salt = rng.randrange(100, 999)
        self._orders, self.lines, self.shipments = count(1), count(5001), count(9001)

    def order(self) -> tuple[int, str]:
        """Return the id and the number of a new order."""
        number = next(self._orders)
        return number, f"R{self._salt}{number:06}"


@dataclass
class Sale:
    """The current state of a purchase, and the data for its next state."""

    rng: Random
    shelf: Sequence[Product]
    numbers: Numbers
    terms: Terms
    now: Purchase

    @classmethod
    def begin(
        cls, rng: Random, shelf: Sequence[Product], numbers: Numbers, terms: Terms, visit: Visit
    ) -> "Sale":
        """Return a sale whose cart was just filled, at the end of the visit."""
        at = visit.pageviews[-1].at
        identifier, number = numbers.order()
        ids = visit.ids if rng.random() < 0.9 else None  # ordered where the beacon was blocked
        cart = Purchase(identifier, number, terms.currency, "cart", at, at, visit=ids)
        sale = cls(rng, shelf, numbers, terms, cart)
        others = range(rng.choice((0, 0, 1, 1, 2)))
        lines = [sale._line(at, visit.looked_at), *(sale._line(at) for _ in others)]
        sale._change(at, lines=tuple(lines))
        return sale

    def checkout(self, buyer: Person, *, completes: bool) -> Iterator[Purchase]:
        """Yield the states of the cart, the last of them the order if it is completed."""
        while self.rng.random() < 0.4:
            yield self._edit(self._later(seconds=120))
        steps = CART_STATES[1:] if completes else CART_STATES[1 : self.rng.choice((1, 1, 2, 4))]
        for step in steps:
            who: dict[str, Any] = {"address": buyer.address, "user_id": buyer.user_id}
            who["email"] = self.now.email or spelt(self.rng, buyer.email)
            parcels = self._parcels() if step == "delivery" else self.now.shipments
            self._change(self._later(seconds=60), state=step, shipments=parcels, **who)
            if self.rng.random() < 0.4:
                yield self.now
        if completes:
            at = self._later(seconds=60)
            credit = self.now.total if self.rng.random() < 0.05 else ZERO
            self._change(at, state="complete", completed_at=at, store_credit=credit)
            self.now = replace(self.now, paid=self.now.total)
            yield self.now

    def afterlife(self) -> Iterator[Purchase]:
        """Yield the states of the order after it was placed, hours and days later."""
        if self.rng.random() < 0.35:
            yield self._edit(self._later(hours=8))
        if self.rng.random() < 0.12:
            yield self._reduce()
        if self.rng.random() < 0.2:
            yield from self._cancel()
        if self.now.canceled_at is None:
            yield self._ship()
            if self.rng.random() < 0.15:
                yield from self._return()

    def _later(self, **most: int) -> datetime:
        """Return a moment after the last change, a second and some to `most` later."""
        span = timedelta(**most).total_seconds()
        return self.now.updated_at + timedelta(
            milliseconds=self.rng.randint(1000, int(span * 1000))
        )

    def _change(self, at: datetime, **changes: Any) -> Purchase:
        changed = replace(self.now, updated_at=at, **changes)
        self.now = replace(
            changed, adjustments=priced(self.terms, changed.lines, changed.shipments)
        )
        return self.now

    def _line(self, at: datetime, wanted: Product | None = None) -> Line:
        product = wanted or self.rng.choice(self.shelf)
        variant = self.rng.choice(product.sold)
        price = rounded(variant.price * WORTH[self.now.currency], self.now.currency)
        quantity = self.rng.choice((1, 1, 1, 2, 3, 12))
        return Line(next(self.numbers.lines), product, variant, quantity, price, at)

    def _parcels(self) -> tuple[Shipment, ...]:
        currency = self.now.currency
        return tuple(
            Shipment(
                (number := next(self.numbers.shipments)),
                f"H{number:09}",
                rounded(self.rng.choice(_POSTAGE) * WORTH[currency], currency),
                "Ground",
            )
            for _ in range(self.rng.choice((1, 1, 2)))
        )

    def _edit(self, at: datetime) -> Purchase:
        """Add a line, take one out, or change a quantity."""
        lines = list(self.now.lines)
        place = self.rng.randrange(len(lines))
        match self.rng.choice(("add", "take out", "count")):
            case "add":
                lines.append(self._line(at))
            case "take out" if len(lines) > 1:
                del lines[place]
            case _:
                lines[place] = replace(lines[place], quantity=self.rng.randint(1, 5))
        return self._change(at, lines=tuple(lines))

    def _reduce(self) -> Purchase:
        """Take something off by hand, as a clerk does."""
        off = rounded(self.now.subtotal / 25, self.now.currency)
        self._add(Adjustment(Kind.REDUCTION, "Discount for a dent", -min(off, self.now.total)))
        return self._change(self._later(hours=5))

    def _cancel(self) -> Iterator[Purchase]:
        """Cancel the order; some are touched again while canceled, and some are resumed."""
        at = self._later(hours=30)
        yield self._change(at, state="canceled", canceled_at=at)
        if self.rng.random() < 0.4:
            yield self._change(self._later(hours=5), paid=ZERO)
        if self.rng.random() < 0.35:
            yield self._change(self._later(hours=20), state="resumed", canceled_at=None)

    def _ship(self) -> Purchase:
        at = self._later(hours=40)
        shipped = tuple(replace(one, shipped_at=at) for one in self.now.shipments)
        return self._change(at, shipments=shipped)

    def _return(self) -> Iterator[Purchase]:
        """Announce a return with a credit for it, and some days later have it all back."""
        credit = min(self.now.lines[0].price, self.now.total)
        if credit:
            self._add(Adjustment(Kind.RETURN, "RMA credit", -credit))
        yield self._change(self._later(hours=200), state="awaiting_return")
        if self.rng.random() < 0.6:
            yield self._change(self._later(hours=200), state="returned")

    def _add(self, extra: Adjustment) -> None:
        self.terms = replace(self.terms, extras=(*self.terms.extras, extra))
