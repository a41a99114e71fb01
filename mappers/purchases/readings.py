"""How a message's amounts can be read, and the reading that adds up.

Shops differ in where they put discounts, and in whether tax is within the prices. Each reading is
one interpretation of what the message says; the total decides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from mappers.events import first
from mappers.purchases.adjustments import ZERO, Adjusted, adjusted
from mappers.purchases.sums import CENT, NOTHING, Sums, exact, worth
from mappers.reading.orders import Adjustment, LineItem, Order, Shipment, Totals

_BLANK = Totals()
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
    lines: Sequence[LineItem] | None,
    last: Mapping[str, Any] | None,
    *,
    hub_first: bool,
) -> Sums:
    """Return the first reading that adds up, else the first.

    `lines` is None if the message has none, `last` is the body of the last event. An order
    goes by the hub's totals first, a cart by the shop's own.
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
        # The two renderings may be from different times; then the hub's own sums belong together.
        found = _that_adds_up(_Readings(hub, _NO_ORDER, lines, last, hub_first=True))
    return found or best


def _that_adds_up(readings: "_Readings") -> Sums | None:
    """Return the first reading that makes the total exactly, else to the cent, else None."""
    literal = [one for one in readings.literal() if one.total is not None]
    for within in (ZERO, CENT):
        for one in literal:
            if one.adds_up(within):
                return one
    return next((one for one in readings.by_adjustment() if one.adds_up()), None)


def has_sums(hub: Order, original: Order) -> bool:
    """Whether a message says anything of amounts but its items."""
    return any(
        one.totals or one.adjustments is not None or one.shipments or _any(one)
        for one in (hub, original)
    )


def renderings_agree(hub: Order, original: Order) -> bool:
    """Whether it does not matter which rendering's sums come first."""
    totals = hub.totals or _BLANK
    pairs = (
        (totals.item, original.item_total),
        (totals.tax or None, original.tax_total),
        (totals.shipping or None, original.ship_total),
        (totals.order, original.total),
        (totals.adjustment, original.adjustment_total),
    )
    return all(one == other or None in (one, other) for one, other in pairs)


def _unchanged(last: Mapping[str, Any], lines: Sequence[LineItem] | None) -> Sums:
    """Return the last sums, moved by what the items are worth more or less."""
    before = sum((i["quantity"] * exact(i["price"]) for i in last["items"]), ZERO)
    moved = ZERO if lines is None else worth(lines) - before
    amounts = {name: exact(last[key]) for key, name in _SUMS.items()}
    subtotal, total = amounts.pop("subtotal") + moved, amounts.pop("total") + moved
    sums = Sums(subtotal, included_tax=ZERO, fees=ZERO, credits=ZERO, total=None, **amounts)
    rest = total - sums.parts()  # tax within the prices, surcharges, credits: as before
    return replace(sums, total=total, fees=max(rest, ZERO), credits=max(-rest, ZERO))


def _any(one: Order) -> bool:
    amounts = one.item_total, one.total, one.tax_total, one.ship_total
    return any(amount is not None for amount in amounts)


class _Readings:
    """The readings of a message's amounts, the most literal first."""

    def __init__(
        self,
        hub: Order,
        original: Order,
        lines: Sequence[LineItem] | None,
        last: Mapping[str, Any] | None,
        *,
        hub_first: bool,
    ) -> None:
        totals = hub.totals or _BLANK

        def prefer(by_hub: Decimal | None, own: Decimal | None, raw: Decimal | None) -> Any:
            return first(by_hub, own, raw) if hub_first else first(own, by_hub, raw)

        self._hub, self._original, self._totals = hub, original, totals
        self._lines, self._last = lines, last
        self._shipments = original.shipments or hub.shipments or []
        self._item = prefer(totals.item, original.item_total, hub.item_total)
        self._tax = prefer(totals.tax or None, original.tax_total, hub.tax_total)
        self._shipping = prefer(totals.shipping or None, original.ship_total, hub.ship_total)
        self._total = prefer(totals.order, original.total, hub.total)
        self._included = first(original.included_tax_total, hub.included_tax_total)
        self._discounts = totals.discount, original.promo_total, hub.promo_total
        self._adjustment = prefer(
            totals.adjustment, original.adjustment_total, hub.adjustment_total
        )

    def literal(self) -> Iterator[Sums]:
        """Yield the readings in which every amount means what it is named."""
        for source in self._sources():
            readings = []
            for sums in self._by(source):
                readings.append(sums)
                yield sums
            # Credits may be payments, which the total does not know; a fee may not be one at all.
            for sums in readings:
                if sums.credits or sums.payment_cost:
                    yield replace(sums, credits=ZERO)
                    yield replace(sums, payment_cost=ZERO)

    def by_adjustment(self) -> Iterator[Sums]:
        """Yield the readings in which the total of all adjustments says what else there is."""
        if self._total is not None and self._adjustment is not None:
            yield from map(self._by_adjustment, self._sources())

    def _sources(self) -> Iterator[Adjusted]:
        """Yield what the adjustments add up to: Spree's, the hub's by name, sums of discounts.

        A sum of discounts that the message has is never dropped.
        """
        discounts = [abs(one) for one in self._discounts if one]
        for source in self._adjusted():
            yield source._replace(discounts=source.discounts or next(iter(discounts), ZERO))
        hub_sums = adjusted(self._hub.adjustments or (), any_sign=True, tax=self._tax)
        for one in discounts:
            yield hub_sums._replace(discounts=one)

    def _adjusted(self) -> Iterator[Adjusted]:
        lines = adjusted(a for line in self._lines or () for a in line.adjustments or ())
        parcels = adjusted(a for parcel in self._shipments for a in parcel.adjustments or ())
        below = lines.plus(parcels)
        raw, named = self._original.adjustments, self._hub.adjustments
        if not named or any(one != _NO_ADJUSTMENT for one in raw or ()):
            whole = adjusted(raw, tax=self._tax) if raw else self._last_adjusted(named)
            yield whole.plus(below)
            yield whole
        hub_sums = adjusted(named or (), any_sign=True, tax=self._tax)
        yield hub_sums.plus(below)
        yield hub_sums

    def _last_adjusted(self, named: Any) -> Adjusted:
        """Return what was last sent if the message has no adjustments at all, else nothing."""
        if self._last is None or named is not None or self._original.adjustments is not None:
            return Adjusted()
        says_none = any(one is not None for one in self._discounts)
        return Adjusted(
            discounts=ZERO if says_none else exact(self._last["total_discounts"]),
            payment_cost=exact(self._last["total_payment_cost"]),
        )

    def _by(self, source: Adjusted) -> Iterator[Sums]:
        known = first(self._tax, source.tax, self._totals.tax)
        likely = self._before("total_tax") if known is None else known
        for tax in _distinct(likely, source.tax):
            included = first(self._included, source.included_tax)
            for within in _distinct(included, max(tax, ZERO), ZERO):
                for shipping in self._shippings(source):
                    yield self._sums(source, tax, within, shipping)

    def _by_adjustment(self, source: Adjusted) -> Sums:
        """Return the reading in which the total of all adjustments explains the total.

        What it is less than tax and fees is tax within the prices; below 0 it is a discount.
        """
        tax = first(self._tax, source.tax, ZERO)
        shipping = next(self._shippings(source))
        sums = self._sums(source, tax, first(self._included, source.included_tax), shipping)
        subtotal, total, adjustment = sums.subtotal, sums.total or ZERO, self._adjustment or ZERO
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
        """Yield what shipping may have cost.

        A shipment's cost may be the carrier's, not the customer's; so it comes last.
        """
        known = first(self._shipping, source.shipping)
        if known is not None:
            yield known
            return
        cost, told = _cost(self._shipments), self._totals.shipping
        if self._total is not None or not cost:
            yield self._before("total_shipping") if told is None else told
        if cost:
            yield cost

    def _before(self, key: str) -> Decimal:
        return ZERO if self._last is None else exact(self._last[key])

    def _sums(self, source: Adjusted, tax: Decimal, included: Decimal, shipping: Decimal) -> Sums:
        return Sums(
            subtotal=self._subtotal(),
            tax=tax,
            included_tax=included,
            shipping=shipping,
            payment_cost=source.payment_cost,
            fees=source.fees,
            discounts=source.discounts,
            credits=source.credits,
            total=self._total,
        )

    def _subtotal(self) -> Decimal:
        if self._item is not None:
            return self._item  # type: ignore[no-any-return]
        if self._lines is None and self._last is not None:
            return exact(self._last["subtotal"])
        return worth(self._lines or ())


def _distinct(*amounts: Decimal | None) -> list[Decimal]:
    return list(dict.fromkeys(amount for amount in amounts if amount is not None))


def _cost(shipments: Iterable[Shipment]) -> Decimal:
    return sum((one.cost for one in shipments if one.cost is not None), ZERO)
