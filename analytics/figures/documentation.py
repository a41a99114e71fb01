"""Generate the page that lists every figure from the table of figures."""

from analytics.figures.figure import Figure
from analytics.figures.figures import FIGURES, SECTIONS
from analytics.figures.lists import LISTS
from analytics.queries.asked import COMPARISONS, INTERVALS, PERIODS

_HEAD = """# Figures

Every number of the dashboard, with its definition. This page is generated from the code that
computes them, by `python -m analytics.figures.documentation`.

An order is **counted** if it is accepted and not cancelled since. It counts on the day it was
placed, in the shop's time zone: a cancellation today lowers the revenue of that day. Amounts are in
one currency at a time and never converted. A rate of nothing is unknown, not 0.

The last column says what a figure can be limited to. An order or cart counts in the **channel** of
its visit, and in none if its visit is not known. Of a **product** or **category**, its items in
counted orders count, and the visits that saw its page. An order of two products counts in both.
"""

_ADDRESSES = f"""
## Addresses

Every view is a URL, such as `/dashboard/sales?period=last_month`. `/dashboard/sales.json`, or the
header `Accept: application/json`, answers the same as JSON, and `/dashboard/sales/by_interval.csv`
one of its tables as CSV. Anything unknown or invalid is a 400 that says what would be valid.

| parameter | meaning |
| --- | --- |
| `site` | the shop, by default the first one |
| `period` | {", ".join(PERIODS)}; or else the days `from` and `to` |
| `compare` | {", ".join(COMPARISONS)} |
| `interval` | {", ".join(f"{name} (up to {one.most:,} days)" for name, one in INTERVALS.items())} |
| `currency` | by default the shop's own, or that of most orders |
| `channel`, `product`, `category` | one of them, to limit the report; a `channel` for each level |
| `metric` | the figure of the overview's chart |
"""

_COLUMNS = "| name | figure | unit | meaning | by |\n| --- | --- | --- | --- | --- |"


def document() -> str:
    """Return the page as Markdown."""
    parts = [_HEAD]
    for title, figures in SECTIONS.items():
        parts += [f"## {title}\n", _COLUMNS]
        parts += [_row(name, figure) for name, figure in figures.items()]
        parts.append("")
    parts.append("## Lists\n\n| name | list | columns | meaning |\n| --- | --- | --- | --- |")
    for name, listing in LISTS.items():
        columns = ", ".join(FIGURES[column].title.lower() for column in listing.columns)
        parts.append(f"| `{name}` | {listing.title} | {columns} | {listing.sentence} |")
    return "\n".join(parts) + "\n" + _ADDRESSES


def _row(name: str, figure: Figure) -> str:
    segments = ", ".join(segment for segment in figure.sources if segment) or "–"
    cells = (f"`{name}`", figure.title, figure.unit.value, figure.sentence, segments)
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201 - this is what it is for
