"""The six sums of a cart or an order, and whether they add up."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from mappers.identity import Line
from mappers.problems import MappingError, Warning
from mappers.purchases.adjustments import ZERO, adjusted
from mappers.reading.values import LARGEST, OUT_OF_RANGE

CENT = Decimal("0.01")


class Sums(Struct, frozen=True, gc=False):
    """One reading of the amounts; `total` is None if the message has none."""

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
        """Return the sum of the parts."""
        added = self.subtotal + self.tax - self.included_tax + self.shipping
        return added + self.payment_cost + self.fees - self.discounts - self.credits

    def adds_up(self, within: Decimal = CENT) -> bool:
        """Whether the parts add up to the total, to the cent by default."""
        return self.total is None or abs(max(self.parts(), ZERO) - max(self.total, ZERO)) <= within

    def body(self, path: str, *, is_cart: bool) -> dict[str, int | float]:
        """Return Jirafe's six sums. Raise MappingError for one out of range.

        A total is never negative. Tax can be negative in an order, when VAT is refunded.
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
        """Return the warning about parts that do not add up to the total, or None."""
        if self.adds_up():
            return None
        return Warning(
            "sums", path, {name: f"{getattr(self, name):f}" for name in self.__struct_fields__}
        )


def worth(lines: Iterable[Line]) -> Decimal:
    """Return the price of all lines together, before discounts."""
    return sum((line.quantity * line.price for line in lines), ZERO)


def number(amount: Decimal) -> int | float:
    """Return the amount as a JSON number that looks as it was written: 5, 22.99, 10.0."""
    return _number_of(str(amount))


@lru_cache(maxsize=4096)
def _number_of(text: str) -> int | float:
    if text.lstrip("-").isdecimal() and -LARGEST <= (whole := int(text)) <= LARGEST:
        return whole
    return float(text) + 0.0  # which makes 0.0 of -0.0


def items_warning(sums: Sums, lines: Sequence[Line], name: str) -> Warning | None:
    """Return the warning about items that do not add up to the subtotal, or None."""
    full = worth(lines)
    if abs(full - sums.subtotal) <= CENT:
        return None
    reduced = full - sum((adjusted(line.item.adjustments or ()).discounts for line in lines), ZERO)
    if abs(reduced - sums.subtotal) <= CENT:
        return None
    details = {"subtotal": f"{sums.subtotal:f}", "items": f"{full:f}"}
    return Warning("items", f"{name}.line_items", details)


def exact(amount: float) -> Decimal:
    """Return the Decimal of an amount that was sent."""
    return Decimal(repr(amount))


NOTHING = Sums(ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO)
"""The sums of a cart without any amounts."""
