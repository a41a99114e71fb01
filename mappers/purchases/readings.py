"""Find the interpretation of a message's amounts that adds up.

Shops differ in where they put discounts, and in whether prices include tax. Each reading is one
interpretation of the amounts, and the total decides which one is right.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from mappers.events import first
from mappers.identity import Line
from mappers.purchases.adjustments import ZERO, Adjusted, adjusted
from mappers.purchases.amounts import amounts, has_sums
from mappers.purchases.sums import CENT, NOTHING, Sums, exact, worth
from mappers.reading.orders import Adjustment, Order

_NO_ORDER = Order()
_NO_ADJUSTMENT = Adjustment()
_SUMS = {
    "subtotal": "subtotal",
    "total": "total",
    "total_tax": "tax",
    "total_shipping": "shipping",
    "total_payment_cost": "payment_cost",
    "total_discounts": "discounts",
}


def read_sums(
    hub: Order,
    original: Order,
    lines: Sequence[Line] | None,
    last: Mapping[str, Any] | None,
    *,
    hub_first: bool,
) -> Sums:
    """Return the first reading that adds up, or else the first one.

    `lines` is None if the message has none; `last` is the body of the last event. Orders prefer
    the hub's totals, carts those of the shop.
    """
    if not has_sums(hub, original):
        if last is None and lines is None:
            return NOTHING
        if last is not None:
            return _unchanged(last, lines)
    both = _Readings(hub, original, lines, last, hub_first=hub_first)
    best = next(both.literal())
    if best.adds_up(ZERO):
        return best
    found = _that_adds_up(both)
    if found is None and not best.adds_up():
        # The renderings may be from different times; then use the hub's own sums together.
        found = _that_adds_up(_Readings(hub, _NO_ORDER, lines, last, hub_first=True))
    return found or best


def _that_adds_up(readings: "_Readings") -> Sums | None:
    """Return the first reading that gives the total exactly, or else to the cent, or None."""
    literal = [one for one in readings.literal() if one.total is not None]
    for within in (ZERO, CENT):
        for one in literal:
            if one.adds_up(within):
                return one
    return next((one for one in readings.by_adjustment() if one.adds_up()), None)


def _unchanged(last: Mapping[str, Any], lines: Sequence[Line] | None) -> Sums:
    """Return the last sums, changed by the difference in the value of the items."""
    before = sum((i["quantity"] * exact(i["price"]) for i in last["items"]), ZERO)
    moved = ZERO if lines is None else worth(lines) - before
    sums = _last_sums(last)
    return replace(sums, subtotal=sums.subtotal + moved, total=(sums.total or ZERO) + moved)


def _last_sums(last: Mapping[str, Any]) -> Sums:
    """Return the last sums, with the unexplained part of the total as fees or credits.

    That part can be surcharges, credits, or tax included in the prices.
    """
    amounts = {name: exact(last[key]) for key, name in _SUMS.items()}
    sums = Sums(**amounts, included_tax=ZERO, fees=ZERO, credits=ZERO)
    rest = amounts["total"] - sums.parts()
    return replace(sums, fees=max(rest, ZERO), credits=max(-rest, ZERO))


class _Readings:
    """The readings of a message's amounts, the most literal first."""

    def __init__(
        self,
        hub: Order,
        original: Order,
        lines: Sequence[Line] | None,
        last: Mapping[str, Any] | None,
        *,
        hub_first: bool,
    ) -> None:
        self._hub, self._original, self._lines, self._last = hub, original, lines, last
        self._stated = amounts(hub, original, lines, last, hub_first=hub_first)

    def literal(self) -> Iterator[Sums]:
        """Yield the readings that take every amount at its name."""
        for source in self._sources():
            yield from self._by(source)
            # Credits may be payments, which are not part of the total, and a fee may be no fee.
            if source.credits or source.payment_cost:
                for sums in self._by(source):
                    yield replace(sums, credits=ZERO)
                    yield replace(sums, payment_cost=ZERO)

    def by_adjustment(self) -> Iterator[Sums]:
        """Yield the readings that derive missing parts from the total of all adjustments."""
        if self._stated.total is not None and self._stated.adjustment is not None:
            yield from map(self._by_adjustment, self._sources())

    def _sources(self) -> Iterator[Adjusted]:
        """Yield the sums of Spree's adjustments, of the hub's by name, and with sums of discounts.

        A sum of discounts in the message is never dropped.
        """
        discounts = self._stated.discounts
        for source in self._explained():
            if discounts and not source.discounts:
                yield replace(source, discounts=discounts[0])
            else:
                yield source
        for one in discounts:
            yield replace(
                self._by_name().explained(self._stated.tax, self._stated.shipping), discounts=one
            )

    def _explained(self) -> Iterator[Adjusted]:
        """Yield the sums of the adjustments, first with surcharges as tax and shipping."""
        for source in self._adjusted():
            explained = source.explained(self._stated.tax, self._stated.shipping)
            yield explained
            if explained is not source:
                yield source

    def _adjusted(self) -> Iterator[Adjusted]:
        below = self._below()
        raw, named = self._original.adjustments, self._hub.adjustments
        if not named or any(one != _NO_ADJUSTMENT for one in raw or ()):
            for whole in [adjusted(raw)] if raw else self._last_adjusted(named):
                yield whole.plus(below)
                yield whole
        hub_sums = self._by_name()
        yield hub_sums.plus(below)
        yield hub_sums

    def _by_name(self) -> Adjusted:
        return adjusted(self._hub.adjustments or (), any_sign=True)

    def _below(self) -> Adjusted:
        """Return the sums of the adjustments of lines and shipments."""
        rows = [line.item.adjustments for line in self._lines or ()]
        parcels = self._original.shipments or self._hub.shipments or ()
        rows += [parcel.adjustments for parcel in parcels]
        return adjusted([one for row in rows if row for one in row])

    def _last_adjusted(self, named: Any) -> Iterator[Adjusted]:
        """Yield the sums last sent, but only if the message has no adjustments at all.

        The unexplained part of the last total stays, unless the message's total contradicts it.
        """
        if self._last is None or named is not None or self._original.adjustments is not None:
            yield Adjusted()
            return
        last = _last_sums(self._last)
        discounts = ZERO if self._stated.says_discount else last.discounts
        fewer = Adjusted(discounts=discounts, payment_cost=last.payment_cost)
        whole = replace(fewer, fees=last.fees, credits=last.credits)
        yield from (fewer, whole) if self._stated.total is not None else (whole,)

    def _by(self, source: Adjusted) -> Iterator[Sums]:
        likely = first(self._stated.tax, source.tax, self._stated.tax_otherwise)
        for tax in _distinct(likely, source.tax):
            included = first(self._stated.included_tax, source.included_tax)
            for within in _distinct(included, max(tax, ZERO), ZERO):
                for shipping in self._shippings(source):
                    yield self._sums(source, tax, within, shipping)

    def _by_adjustment(self, source: Adjusted) -> Sums:
        """Return the reading in which the total of all adjustments explains the total.

        If it is less than tax and fees, the rest is included tax; below 0 it is a discount.
        """
        stated = self._stated
        tax = first(stated.tax, source.tax, ZERO)
        shipping = next(self._shippings(source))
        sums = self._sums(source, tax, first(stated.included_tax, source.included_tax), shipping)
        subtotal, total, adjustment = sums.subtotal, sums.total or ZERO, stated.adjustment or ZERO
        if (
            min(abs(subtotal + adjustment - total), abs(subtotal + shipping + adjustment - total))
            > CENT
        ):
            return sums
        missing = sums.parts() - total
        if ZERO <= missing <= tax - sums.included_tax and total >= subtotal + shipping:
            return replace(sums, included_tax=sums.included_tax + missing)
        if missing > 0:
            return replace(sums, discounts=sums.discounts + missing)
        return replace(sums, fees=sums.fees - missing)

    def _shippings(self, source: Adjusted) -> Iterator[Decimal]:
        """Yield the possible amounts of shipping.

        The shipping total may already be reduced by discounts that are also adjustments. A
        shipment's cost comes last, because it may be the carrier's price.
        """
        stated = self._stated
        known = _distinct(stated.shipping, source.shipping)
        if known:
            yield from known
            return
        if stated.total is not None or not stated.cost:
            yield stated.shipping_otherwise
        if stated.cost:
            yield stated.cost

    def _sums(self, source: Adjusted, tax: Decimal, included: Decimal, shipping: Decimal) -> Sums:
        return Sums(
            subtotal=self._stated.subtotal,
            tax=tax,
            included_tax=included,
            shipping=shipping,
            payment_cost=source.payment_cost,
            fees=source.fees,
            discounts=source.discounts,
            credits=source.credits,
            total=self._stated.total,
        )


def _distinct(*amounts: Decimal | None) -> list[Decimal]:
    return list(dict.fromkeys(amount for amount in amounts if amount is not None))
