"""The lists of products, categories, channels and searches, as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection

from analytics.figures.figure import Value
from analytics.figures.lists import LISTS, Entry, entries, total_of_channels
from analytics.figures.ranking import RANKS, ranking
from analytics.queries.asked import Asked
from backoffice.addresses import Address
from backoffice.charts import share
from backoffice.formats import Delta, Format
from backoffice.reports.tables import Column, Look, Row, Table, figure_column

MOST_ROWS = 100

_TOP = 6

_MOST_LEVELS = 4
"""The greatest number of levels of a channel below which there is another one."""


class _View(NamedTuple):
    """How a list is shown: the name of a row, the report with all of it, and the link of a row.

    `key` is the name of the row's key in JSON and CSV.
    """

    row: str
    report: str = ""
    segment: str = ""
    opens: str = "overview"
    key: str = ""


_VIEWS = {
    "products": _View("Product", "merchandising", "product", key="product"),
    "skus": _View("Variant", key="sku"),
    "categories": _View("Category", "merchandising", "category", key="category"),
    "channels": _View("Channel", "marketing", "channel", "marketing", "channel"),
    "searches": _View("Search term"),
}


class _Best(NamedTuple):
    """The first rows of a list: its figures, that of its bars, and the link to all of it."""

    figures: Sequence[str]
    link: str
    sentence: str
    width: str
    bar: str = ""
    has_change: bool = True


_BEST = {
    "products": _Best(
        ("units", "conversion", "net_sales"),
        "All products",
        "By net sales: after discounts, without tax and shipping. Conversion: of the visits that "
        "saw the page, those that bought it.",
        "w7",
    ),
    "categories": _Best(
        ("units", "net_sales"),
        "All categories",
        "A product in two categories counts in both, so rows may exceed the total.",
        "w5",
        bar="net_sales",
        has_change=False,
    ),
    "skus": _Best(("units", "net_sales"), "", "Each SKU, by net sales: after discounts.", "w5"),
    "channels": _Best(
        ("visits", "orders", "conversion", "average_order", "revenue"),
        "Open Marketing",
        "What brought the visit in which the order was placed.",
        "w12",
        bar="visits",
    ),
}
"""The lists of the overview."""

_LABELS = {
    "visits": "Visits",
    "cart_visits": "In the cart",
    "converted_visits": "Bought",
    "conversion": "Conversion",
    "search_visits": "Searches",
    "no_result_visits": "No results",
}
_FAR = ("conversion",)

_CHANNEL_NAMES = {
    "search": "Search engines",
    "social": "Social networks",
    "assistant": "AI assistants",
    "ai assistants": "AI assistants",
}


def whole_list(
    connection: Connection, asked: Asked, address: Address, form: Format, name: str
) -> Table:
    """Return a list with all its columns, and the change of each row if it is compared."""
    listing = LISTS[name]
    found = entries(connection, asked, name, MOST_ROWS)
    before = _before(connection, asked, name, found)
    rows = _rows(asked, address, form, name, listing.columns, found, before)
    total = _total(connection, asked, form, listing.columns, before) if name == "channels" else None
    columns = [Column("name", _VIEWS[name].row, Look.TEXT)]
    columns += [figure_column(column, _LABELS.get(column, "")) for column in listing.columns]
    return Table(
        name,
        listing.title.removeprefix("Top ").capitalize(),
        listing.sentence,
        columns,
        rows,
        total=total,
        csv_url=address.url(table=name),
        has_change=asked.compare is not None,
        key=_VIEWS[name].key,
    )


def best_of(
    connection: Connection, asked: Asked, address: Address, form: Format, name: str
) -> Table:
    """Return the first rows of a list, with bars if it has some."""
    best, view = _BEST[name], _VIEWS[name]
    found = entries(connection, asked, name, _TOP)
    before = _before(connection, asked, name, found) if best.has_change else None
    rows = _rows(asked, address, form, name, best.figures, found, before)
    columns = [Column("name", view.row, Look.TEXT)]
    columns += [
        figure_column(column, _LABELS.get(column, ""), far=column in _FAR and best.width != "w12")
        for column in best.figures
    ]
    total = _total(connection, asked, form, best.figures, before) if name == "channels" else None
    if best.bar:
        place = 1 + list(best.figures).index(best.bar)
        rows = _with_bars(rows, place, is_of_all=best.bar == "visits")
        label = "Share of visits" if best.bar == "visits" else ""
        if total:
            total = replace(total, values=[total.values[0], "", *total.values[1:]])
        columns.insert(1, Column("share", label, Look.SHARE, far=best.width != "w12"))
    return Table(
        name,
        LISTS[name].title,
        best.sentence,
        columns,
        rows,
        total=total,
        url=address.url(view.report),
        link=best.link,
        csv_url=address.url(table=name),
        has_change=before is not None,
        width=best.width,
        key=view.key,
    )


_Before = Mapping[str, Value] | None
"""The figure that ranks a list in the compared period by key; None without one."""


def _before(
    connection: Connection, asked: Asked, name: str, found: Sequence[Entry]
) -> dict[str, Value] | None:
    compared, keys = asked.compared(), [entry.key for entry in found]
    if compared is None:
        return None
    return ranking(connection, compared, name, keys) if keys else {}


def _rows(
    asked: Asked,
    address: Address,
    form: Format,
    name: str,
    figures: Sequence[str],
    found: Sequence[Entry],
    before: _Before,
) -> list[Row]:
    view, rank = _VIEWS[name], RANKS[name]
    levels = asked.segment.value if asked.segment and view.segment == "channel" else ()
    leads_on = bool(view.segment) and len(levels) < _MOST_LEVELS
    return [
        Row(
            [
                channel_name(entry.name) if name == "channels" else entry.name,
                *(entry.figures[figure] for figure in figures),
            ],
            url=address.deeper(view.opens, view.segment, *levels, entry.key)
            if leads_on and entry.key
            else "",
            change=None
            if before is None
            else _change(form, entry.figures[rank], before.get(entry.key, 0)),
            key=entry.key,
        )
        for entry in found
    ]


def _total(
    connection: Connection, asked: Asked, form: Format, figures: Sequence[str], before: _Before
) -> Row:
    """Return the row below the channels: all visits that are known, with their change."""
    now = total_of_channels(connection, asked)
    change = None
    if before is not None:
        then = [value or 0 for key, value in before.items() if key or asked.segment]
        change = _change(form, now[RANKS["channels"]], sum(then))
    known = "All" if asked.segment else "All with a known visit"
    return Row([known, *(now[one] for one in figures)], change=change)


def _with_bars(rows: Sequence[Row], place: int, *, is_of_all: bool) -> list[Row]:
    """Return the rows with a bar: a column's share of its sum, or of its greatest value."""
    values = [Decimal(row.values[place] or 0) for row in rows]  # type: ignore[arg-type]
    whole = sum(values) if is_of_all else max(values, default=Decimal(0))
    return [
        replace(row, values=[row.values[0], share(value, whole), *row.values[1:]])
        for row, value in zip(rows, values, strict=True)
    ]


def channel_name(level: str) -> str:
    """Return the display name of a channel's level; capitals from the shop stay."""
    if level != level.lower():
        return level
    return _CHANNEL_NAMES.get(level, level[:1].upper() + level[1:])


def _change(form: Format, now: Value, then: Value) -> Delta:
    return form.change(_decimal(now), _decimal(then))


def _decimal(value: Value) -> Decimal | None:
    return None if value is None else Decimal(value)
