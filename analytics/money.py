"""Amounts as integers in the minor unit of their currency."""

import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Any

NO_CURRENCY = "XXX"
"""ISO 4217's code for orders without a currency, at sites without a default one."""

COST_DIGITS = 4
"""Decimals of a cost, which has no currency of its own."""

# ISO 4217; all others have two digits.
_NO_DIGITS = re.compile("BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF")
_THREE_DIGITS = re.compile("BHD|IQD|JOD|KWD|LYD|OMR|TND")

# Thousands of such amounts can be added up in 64 bits.
_LARGEST = 10**15

_LONGEST = 64
"""The length of the longest text of an amount that is cached."""


class AmountError(ValueError):
    """An amount that cannot be counted: it is not a number, or too large to add up."""


@lru_cache(200)
def digits(currency: str) -> int:
    """Return the number of decimals of a currency."""
    if _NO_DIGITS.fullmatch(currency):
        return 0
    return 3 if _THREE_DIGITS.fullmatch(currency) else 2


def minor(amount: Any, places: int) -> int:
    """Return a JSON amount in units of 10^-places, rounded half to even; 0 if it is missing.

    Raise AmountError if it cannot be counted.
    """
    if amount is None:
        return 0
    text = str(amount)
    return _minor(text, places) if len(text) <= _LONGEST else _minor.__wrapped__(text, places)


@lru_cache(10_000)  # the same few prices and quantities come again and again
def _minor(text: str, places: int) -> int:
    try:
        value = Decimal(text).scaleb(places)
        if not abs(value) <= _LARGEST:
            raise AmountError(f"{text} is too large to count")
    except InvalidOperation as error:
        raise AmountError("an amount is not a number") from error
    return int(value.to_integral_value(ROUND_HALF_EVEN))


def major(amount: int | Fraction, places: int) -> Decimal:
    """Return an amount in units of 10^-places as a decimal, rounded half to even."""
    return Decimal(round(amount)).scaleb(-places)


def times(amount: Any, quantity: int) -> Decimal | None:
    """Return a JSON amount times a quantity, exactly; None if there is no amount."""
    try:
        return None if amount is None else Decimal(str(amount)) * quantity
    except InvalidOperation as error:
        raise AmountError("an amount is not a number") from error
