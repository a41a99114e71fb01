"""Tables as data, for pages, JSON and CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from analytics.figures.figure import Unit
from analytics.figures.figures import FIGURES
from backoffice.formats import UNKNOWN, Delta, Format

Value = str | int | Decimal | date | None

# Spreadsheets read cells that begin like this as formulas.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", ";", "＝", "＋", "－", "＠")


class Look(Enum):
    """How a column is shown; for figures, the unit decides."""

    TEXT = "text"
    DAYS = "days"
    MONTHS = "months"
    COUNT = "count"
    MONEY = "money"
    RATE = "rate"
    FINE_RATE = "fine_rate"
    SHARE = "share"
    """A bar for the share of the whole."""


FINE_RATES = frozenset({"conversion"})
"""Figures that are so small that they are shown with two decimals."""

_RATE_DIGITS = {Look.RATE: 1, Look.FINE_RATE: 2}


@dataclass(frozen=True)
class Column:
    """A column with its name in JSON and CSV; phones do not show `far` ones."""

    name: str
    label: str
    look: Look
    far: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Row:
    """The values of a row by column, the link of its name, and its change."""

    values: Sequence[Value]
    url: str = ""
    change: Delta | None = None
    ends_week: bool = False
    note: str = ""
    """A note in the first cell."""
    key: str = ""
    """Identifies the row in JSON and CSV, such as a product's code."""


@dataclass(frozen=True)
class Table:
    """A table; `url` and `link` are for the rest of it."""

    name: str
    title: str
    sentence: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    url: str = ""
    link: str = ""
    csv_url: str = ""
    has_change: bool = field(default=False)
    empty: str = "Nothing in this period."
    width: str = "w12"
    """The number of the page's twelve columns that it takes."""
    key: str = ""
    """The name of the rows' key in JSON and CSV, or "" if they have none."""

    @property
    def is_wide(self) -> bool:
        """Return whether it becomes cards on a phone."""
        near = [column for column in self.columns if not column.far]
        return len(near) + self.has_change > 3

    def as_json(self) -> list[dict[str, Any]]:
        """Return an object per row; amounts and rates are numbers."""
        return [self._object(row) for row in self.rows]

    def as_csv(self) -> bytes:
        """Return the rows with a heading; every cell is quoted and none is a formula."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        keys = [self.key] if self.key else []
        writer.writerow([*keys, *(self.columns[place].name for place in self._places())])
        for row in self.rows:
            cells: list[Value] = [row.key] if self.key else []
            cells += [row.values[place] for place in self._places()]
            writer.writerow(map(_cell, cells))
        return text.getvalue().encode()

    def _object(self, row: Row) -> dict[str, Any]:
        key = {self.key: row.key} if self.key else {}
        values = {self.columns[place].name: plain(row.values[place]) for place in self._places()}
        return key | values

    def _places(self) -> list[int]:
        return [n for n, column in enumerate(self.columns) if column.look is not Look.SHARE]


def interval_column(interval: str) -> Column:
    """Return the column of the first days of the intervals: day, week or month."""
    look = Look.MONTHS if interval == "month" else Look.DAYS
    return Column("days", interval.capitalize(), look)


def figure_column(name: str, label: str = "", *, far: bool = False, strong: bool = False) -> Column:
    """Return the column of a figure, with the figure's title by default."""
    figure = FIGURES[name]
    look = {Unit.COUNT: Look.COUNT, Unit.MONEY: Look.MONEY, Unit.RATE: Look.RATE}[figure.unit]
    if name in FINE_RATES:
        look = Look.FINE_RATE
    return Column(name, label or figure.title, look, far, strong)


def shown(value: Value, look: Look, form: Format, *, symbol: bool = True) -> str:
    """Return a formatted value; without `symbol`, amounts have no currency."""
    if look is Look.MONEY and not isinstance(value, str | date):
        amount = None if value is None else Decimal(value)
        return form.money(amount) if symbol else form.amount(amount)
    if look is Look.COUNT and isinstance(value, int | Decimal):
        return form.count(value)
    if look in _RATE_DIGITS and isinstance(value, int | Decimal):
        return form.percent(Decimal(value), _RATE_DIGITS[look])
    if isinstance(value, date):
        is_month = look is Look.MONTHS
        return form.month(value, year=True) if is_month else form.day(value, weekday=True)
    return UNKNOWN if value is None else str(value)


def plain(value: Any) -> Any:
    """Return a value for JSON."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
