"""Define figures, and compute their values from sums."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from analytics.money import digits, major
from analytics.queries.asked import Asked
from analytics.queries.people import customers, searches, visitors
from analytics.queries.totals import Source, Sums, product_totals, totals

Value = int | Decimal | None
"""A count, an amount or a rate; None if it is unknown, such as a division by zero."""

_RATE_DIGITS = 6

WHOLE: Mapping[str, Source] = {"": totals, "channel": totals}
EACH: Mapping[str, Source] = {**WHOLE, "product": product_totals, "category": product_totals}
COSTED: Mapping[str, Source] = dict.fromkeys(("", "product", "category"), product_totals)
VISITORS: Mapping[str, Source] = {"": visitors, "channel": visitors}
CUSTOMERS: Mapping[str, Source] = {"": customers}
SEARCHES: Mapping[str, Source] = {"": searches}


class Unit(Enum):
    """What a figure counts."""

    COUNT = "count"
    MONEY = "money"
    RATE = "rate"


@dataclass(frozen=True)
class Figure:
    """A number: its name, its definition in one sentence, and its computation from sums."""

    title: str
    sentence: str
    unit: Unit
    value: Callable[[Sums, Asked], int | Fraction | None]
    """Computes the value of a range; amounts are in the minor unit of the currency."""
    sources: Mapping[str, Source]
    """The sources of the sums, by kind of segment; "" without a segment."""
    better: str = ""
    """Whether "up" or "down" is good, "" for neither."""


def value_of(figure: Figure, sums: Sums, asked: Asked) -> Value:
    """Return the value of a figure from sums; amounts are in units of the currency."""
    value = figure.value(sums, asked)
    if value is None or figure.unit is Unit.COUNT:
        return None if value is None else int(value)
    if figure.unit is Unit.MONEY:
        return major(value, digits(asked.currency))
    return major(value * 10**_RATE_DIGITS, _RATE_DIGITS)


def change(figure: Figure, value: Value, before: Value) -> Decimal | None:
    """Return the change: in points for a rate, otherwise as a share of before; or None."""
    if value is None or before is None:
        return None
    if figure.unit is Unit.RATE:
        return Decimal(value) - Decimal(before)
    return (Decimal(value) - before) / abs(Decimal(before)) if before else None


def sum_of(name: str) -> Callable[[Sums, Asked], int]:
    """Return the function for a figure that is one of the sums."""
    return lambda sums, _: sums[name]


def ratio(part: str, whole: str) -> Callable[[Sums, Asked], Fraction | None]:
    """Return the function for a figure that is one sum divided by another."""
    return lambda sums, _: divided(sums[part], sums[whole])


def divided(part: int | Fraction, whole: int) -> Fraction | None:
    """Return the exact quotient, or None for a division by zero."""
    return Fraction(part) / whole if whole else None
