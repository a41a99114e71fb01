"""Format numbers, amounts and dates for the pages.

An unknown value, such as a division by zero, is an en dash and never 0.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_interval, format_skeleton, format_time, get_timezone_location
from babel.numbers import (
    format_compact_currency,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_name,
    get_currency_precision,
    get_currency_symbol,
)

UNKNOWN = "–"
_MINUS = "\N{MINUS SIGN}"
_MILLION = 1_000_000
_ENGLISH = "en"  # the language of the pages themselves

Number = int | Decimal


@dataclass(frozen=True)
class Delta:
    """A change in words: `arrow` is "up", "down" or "", `tone` is "good", "bad" or "neutral"."""

    text: str
    arrow: str = ""
    tone: str = "neutral"


@lru_cache(maxsize=64)
def locale_of(name: str) -> Locale:
    """Return a Babel locale by its name, such as en_GB; English if there is none."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


class Format:
    """Formats for one locale and one currency."""

    def __init__(self, locale: str, currency: str) -> None:
        self.locale = locale_of(locale)
        self.currency = currency

    def count(self, value: Number | None) -> str:
        """Return a whole number with separators: 1,715."""
        return UNKNOWN if value is None else _signed(format_decimal(value, "#,##0", self.locale))

    def money(self, value: Decimal | None) -> str:
        """Return an amount with its symbol and the currency's own digits: €84.94."""
        if value is None:
            return UNKNOWN
        return _signed(format_currency(value, self.currency, locale=self.locale))

    def whole_money(self, value: Decimal) -> str:
        """Return an amount without fractions: €145,672."""
        whole = format_currency(
            value,
            self.currency,
            format=_without_fractions(self.locale),
            locale=self.locale,
            currency_digits=False,
        )
        return _signed(whole)

    def short_money(self, value: Decimal | None) -> str:
        """Return an amount for a card, without fractions from 1,000 on: €145,672."""
        if value is None or abs(value) < 1000:
            return self.money(value)
        return self.whole_money(value)

    def round_money(self, value: Decimal) -> str:
        """Return a round amount for an axis, in words from a million on: €150,000, €1.5m."""
        if abs(value) < _MILLION:
            return self.whole_money(value)
        return _signed(
            format_compact_currency(value, self.currency, locale=self.locale, fraction_digits=2)
        )

    def amount(self, value: Decimal | None) -> str:
        """Return an amount without its symbol, for tables that name the currency once."""
        if value is None:
            return UNKNOWN
        digits = get_currency_precision(self.currency)
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return _signed(format_decimal(value, pattern, self.locale))

    def percent(self, value: Decimal | None, digits: int = 1) -> str:
        """Return a share of 1 in percent: 2.53%."""
        if value is None:
            return UNKNOWN
        pattern = _percent_pattern(self.locale, digits)
        return _signed(format_percent(value, pattern, self.locale))

    def change(self, now: Decimal | None, before: Decimal | None, better: str = "up") -> Delta:
        """Return the change of a sum in percent; `better` is "up", "down" or ""."""
        if now is None:
            return Delta(UNKNOWN)
        if not before:
            return Delta("new") if now else Delta("no change")
        change = (Decimal(now) - before) / abs(Decimal(before)) * 100
        return self._delta(change, self.percent(abs(change) / 100), Decimal("0.05"), better)

    def points(
        self, now: Decimal | None, before: Decimal | None, digits: int = 1, better: str = "up"
    ) -> Delta:
        """Return the change of a share in percentage points."""
        if now is None:
            return Delta(UNKNOWN)
        if before is None:
            return Delta("new")
        change = (now - before) * 100
        least = Decimal(5).scaleb(-digits - 1)
        return self._delta(change, f"{self._decimal(abs(change), digits)} pt", least, better)

    def day(self, day: date, *, weekday: bool = False, year: bool = False) -> str:
        """Return a day as the locale writes it: 26 Nov, Thu 26 Nov, 26 Nov 2026."""
        skeleton = f"{'y' if year else ''}MMM{'E' if weekday else ''}d"
        return format_skeleton(skeleton, day, locale=self.locale)

    def month(self, day: date, *, year: bool = False) -> str:
        """Return a month: Nov, Nov 2026."""
        return format_skeleton("yMMM" if year else "MMM", day, locale=self.locale)

    def days(self, first: date, last: date) -> str:
        """Return a range of days: 28 Oct – 26 Nov 2026."""
        return format_interval(first, last, "yMMMd", locale=self.locale)

    def time(self, moment: datetime, *, seconds: bool = False) -> str:
        """Return the time of day of an aware moment in its own zone: 14:20."""
        return format_time(moment, "HH:mm:ss" if seconds else "HH:mm", locale=self.locale)

    def zone(self, name: str) -> str:
        """Return the common name of a time zone: Amsterdam time."""
        if name == "UTC":
            return "UTC"
        return f"{get_timezone_location(name, locale=_ENGLISH, return_city=True)} time"

    def currency_name(self, currency: str) -> str:
        """Return a currency's code and name: EUR – Euro."""
        return f"{currency} – {get_currency_name(currency, locale=_ENGLISH)}"

    def symbol(self) -> str:
        """Return the currency's symbol: €."""
        symbol: str = get_currency_symbol(self.currency, locale=self.locale)
        return symbol

    def _decimal(self, value: Decimal, digits: int) -> str:
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return _signed(format_decimal(value, pattern, self.locale))

    def _delta(self, change: Decimal, size: str, least: Decimal, better: str) -> Delta:
        if abs(change) < least:
            return Delta("no change")
        direction = "up" if change > 0 else "down"
        if not better:
            return Delta(f"{direction} {size}", direction)
        tone = "good" if direction == better else "bad"
        return Delta(f"{direction} {size}", direction, tone)


def _signed(text: str) -> str:
    return text.replace("-", _MINUS)


@lru_cache(maxsize=64)
def _percent_pattern(locale: Locale, digits: int) -> str:
    """Return how the locale writes percent, as 2.53% or 2,53 %, with this number of decimals."""
    pattern: str = locale.percent_formats[None].pattern
    return pattern.replace("0", "0." + "0" * digits, 1) if digits else pattern


@lru_cache(maxsize=64)
def _without_fractions(locale: Locale) -> str:
    pattern: str = locale.currency_formats["standard"].pattern
    return pattern.replace(".00", "")
