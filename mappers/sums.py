"""The six sums of a cart or an order: of several readings, the first that adds up.

Shops differ in where they put discounts, and in whether tax is within the prices. Each reading is
one interpretation of what the message says; the total decides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mappers.adjustments import ZERO, Adjusted, adjusted
from mappers.events import first
from mappers.problems import MappingError, Warning
from mappers.reading.shop import Adjustment, LineItem, Order, Shipment, Totals
from mappers.reading.values import LARGEST, OUT_OF_RANGE

CENT = Decimal("0.01")

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


class Sums(Struct, frozen=True, gc=False):
    """One reading of the amounts; `total` is the shop's where it told one, else the parts'."""

    subtotal: Decimal
    tax: Decimal
    included_tax: Decimal
    shipping: Decimal
    payment_cost: Decimal
    fees: Decimal
    discounts: Decimal
    credits: Decimal
    total: Decimal | None = None

    def parts(self) -> Decimal:
        """Return what the parts add up to."""
        added = self.subtotal + self.tax - self.included_tax + self.shipping
        return added + self.payment_cost + self.fees - self.discounts - self.credits

    def adds_up(self) -> bool:
        """Whether the parts make the total, to the cent."""
        return self.total is None or abs(max(self.parts(), ZERO) - max(self.total, ZERO)) <= CENT

    def body(self, path: str, *, is_cart: bool) -> dict[str, int | float]:
        """Return Jirafe's six sums. Raises MappingError for one out of range.

        A total is never negative; tax may be, when VAT is refunded, but not in a cart.
        """
        total = self.parts() if self.total is None else self.total
        amounts = {
            "subtotal": self.subtotal,
            "total": max(total, ZERO),
            "total_tax": max(self.tax, ZERO) if is_cart else self.tax,
            "total_shipping": max(self.shipping, ZERO),
            "total_payment_cost": self.payment_cost,
            "total_discounts": self.discounts,
        }
        if not all(-LARGEST <= amount <= LARGEST for amount in amounts.values()):
            raise MappingError({path: [OUT_OF_RANGE]})
        return {key: number(amount) for key, amount in amounts.items()}

    def warning(self, path: str) -> Warning | None:
        """Return the warning about parts that do not make the total."""
        if self.adds_up():
            return None
        return Warning(
            "sums", path, {name: f"{getattr(self, name):f}" for name in self.__struct_fields__}
        )


def read_sums(
    hub: Order,
    original: Order,
    lines: Sequence[LineItem] | None,
    last: Mapping[str, Any] | None,
    *,
    hub_first: bool,
) -> Sums:
    """Return the first reading that adds up, else the first.

    `lines` are None where the message has none, `last` is the body of the last event. An order
    goes by the hub's totals first, a cart by the shop's own.
    """
    if not has_sums(hub, original):
        if last is None and lines is None:
            return NOTHING
        if last is not None:
            return _unchanged(last, lines)
    told = _Told(hub, original, lines, last, hub_first=hub_first)
    best = next(told.readings())
    if best.adds_up():
        return best
    # The renderings may be of two times, so that only the hub's own sums belong together.
    by_hub = _Told(hub, _NO_ORDER, lines, last, hub_first=True)
    readings = chain(told.readings(), by_hub.readings())
    return next((one for one in readings if one.adds_up() and one.total is not None), best)


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


def worth(lines: Iterable[LineItem]) -> Decimal:
    """Return what the lines cost together, before discounts."""
    return sum(((line.quantity or 0) * (price(line) or ZERO) for line in lines), ZERO)


def price(line: LineItem) -> Decimal | None:
    """Return the line's unit price, never below 0; None where it has none."""
    unit = line.price
    if unit is None and line.variant:
        unit = line.variant.price
    return None if unit is None else max(unit, ZERO)


def number(amount: Decimal) -> int | float:
    """Return the amount as the JSON number that reads as it was written: 5, 22.99, 10.0."""
    return _number_of(str(amount))


@lru_cache(maxsize=4096)
def _number_of(text: str) -> int | float:
    if text.lstrip("-").isdecimal() and -LARGEST <= (whole := int(text)) <= LARGEST:
        return whole
    return float(text) + 0.0  # which makes 0.0 of -0.0


def items_warning(sums: Sums, lines: Sequence[LineItem], name: str) -> Warning | None:
    """Return the warning about items that are not worth the subtotal, with or without discounts."""
    full = worth(lines)
    if abs(full - sums.subtotal) <= CENT:
        return None
    reduced = full - sum((adjusted(line.adjustments or ()).discounts for line in lines), ZERO)
    if abs(reduced - sums.subtotal) <= CENT:
        return None
    details = {"subtotal": f"{sums.subtotal:f}", "items": f"{full:f}"}
    return Warning("items", f"{name}.line_items", details)


def _unchanged(last: Mapping[str, Any], lines: Sequence[LineItem] | None) -> Sums:
    """Return the last sums, moved by what the items are worth more or less."""
    before = sum((i["quantity"] * _exact(i["price"]) for i in last["items"]), ZERO)
    moved = ZERO if lines is None else worth(lines) - before
    amounts = {name: _exact(last[key]) for key, name in _SUMS.items()}
    subtotal, total = amounts.pop("subtotal") + moved, amounts.pop("total") + moved
    sums = Sums(subtotal, included_tax=ZERO, fees=ZERO, credits=ZERO, total=None, **amounts)
    rest = total - sums.parts()  # tax within the prices, surcharges, credits: as before
    return replace(sums, total=total, fees=max(rest, ZERO), credits=max(-rest, ZERO))


def _any(one: Order) -> bool:
    amounts = one.item_total, one.total, one.tax_total, one.ship_total
    return any(amount is not None for amount in amounts)


def _exact(amount: float) -> Decimal:
    return Decimal(repr(amount))


class _Told:
    """What a message says about sums, and how that can be read."""

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
        self._adjustment = prefer(
            totals.adjustment, original.adjustment_total, hub.adjustment_total
        )

    def readings(self) -> Iterator[Sums]:
        """Yield the readings, the most literal first."""
        for source in self._sources():
            yield from self._by(source)
        if self._total is not None and self._adjustment is not None:
            yield from map(self._by_adjustment, self._sources())

    def _sources(self) -> Iterator[Adjusted]:
        """Yield what the adjustments add up to: Spree's, the hub's by name, sums of discounts."""
        lines = adjusted(a for line in self._lines or () for a in line.adjustments or ())
        parcels = adjusted(a for parcel in self._shipments for a in parcel.adjustments or ())
        below = lines.plus(parcels)
        raw, named = self._original.adjustments, self._hub.adjustments
        hub_sums = adjusted(named or (), any_sign=True)
        if not named or any(one != _NO_ADJUSTMENT for one in raw or ()):
            whole = adjusted(raw) if raw else self._last_adjusted(named)
            yield whole.plus(below)
            yield whole
        yield hub_sums.plus(below)
        yield hub_sums
        for discounts in (self._totals.discount, self._original.promo_total, self._hub.promo_total):
            if discounts is not None:
                yield hub_sums._replace(discounts=abs(discounts))

    def _last_adjusted(self, named: Any) -> Adjusted:
        """Return what was last sent where the message has no adjustments at all, else nothing."""
        if self._last is None or named is not None or self._original.adjustments is not None:
            return Adjusted()
        return Adjusted(
            discounts=_exact(self._last["total_discounts"]),
            payment_cost=_exact(self._last["total_payment_cost"]),
        )

    def _by(self, source: Adjusted) -> Iterator[Sums]:
        for tax in _distinct(first(self._tax, source.tax, self._before("total_tax")), source.tax):
            included = first(self._included, source.included_tax)
            for within in _distinct(included, max(tax, ZERO), ZERO):
                for shipping in self._shippings(source):
                    sums = self._sums(source, tax, within, shipping)
                    yield sums
                    if sums.credits or sums.payment_cost:
                        yield replace(sums, credits=ZERO)
                        yield replace(sums, payment_cost=ZERO)

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
        cost = _cost(self._shipments)
        if self._total is not None or not cost:
            yield self._before("total_shipping")
        if cost:
            yield cost

    def _before(self, key: str) -> Decimal:
        return ZERO if self._last is None else _exact(self._last[key])

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
            return _exact(self._last["subtotal"])
        return worth(self._lines or ())


def _distinct(*amounts: Decimal | None) -> list[Decimal]:
    return list(dict.fromkeys(amount for amount in amounts if amount is not None))


def _cost(shipments: Iterable[Shipment]) -> Decimal:
    return sum((one.cost for one in shipments if one.cost is not None), ZERO)


NOTHING = Sums(ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO)
"""The sums of a cart of which nothing is known."""
