"""A day's figures as text, for a terminal or an e-mail."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from analytics.figures.figure import Figure, Unit, Value, change
from analytics.figures.figures import CARDS, FIGURES, STATEMENT, Measured, measure
from analytics.queries.asked import Asked, Days
from analytics.queries.currencies import default_currency, other_currencies
from analytics.sites import Site

_SECTIONS: dict[str, Sequence[str]] = {
    "Overview": CARDS,
    "Sales": STATEMENT,
    "Visitors and customers": (
        *("visitors", "bounce_rate", "orders_without_visit"),
        *("customers", "new_customers", "returning_customers"),
    ),
    "Carts": ("carts", "abandoned_carts", "abandoned_revenue"),
}


def summary(
    connection: Connection, site: Site, now: datetime, day: date | None, currency: str | None
) -> str:
    """Return the figures of a local day next to those of the day before; default: yesterday."""
    today = now.astimezone(site.zone).date()
    day = day or today - timedelta(days=1)
    chosen = currency or default_currency(connection, site.site, site.currency, today)
    before = day - timedelta(days=1)
    asked = Asked(site, chosen, Days(day, day), now, compare=Days(before, before))
    names = [name for section in _SECTIONS.values() for name in section]
    measured = measure(connection, asked, names)
    lines = [f"{site.site}, {day:%A} {day.day} {day:%B %Y} ({site.timezone}), in {chosen}"]
    for title, section in _SECTIONS.items():
        lines += ["", f"{title:<26}{'':>16}{'day before':>16}{'change':>12}"]
        lines += [_line(FIGURES[name], measured[name]) for name in section]
    others = other_currencies(connection, asked)
    if others:
        listed = ", ".join(f"{count} in {code}" for code, count in others.items())
        lines += ["", f"Orders in other currencies are not in these figures: {listed}."]
    return "\n".join(lines)


def _line(figure: Figure, measured: Measured) -> str:
    changed = change(figure, measured.value, measured.before)
    if changed is None:
        words = "new" if measured.value and not measured.before else ""
    elif figure.unit is Unit.RATE:
        words = f"{changed * 100:+.2f} pt"
    else:
        words = f"{changed * 100:+.1f} %"
    value, before = (_shown(figure, one) for one in (measured.value, measured.before))
    return f"{figure.title:<26}{value:>16}{before:>16}{words:>12}".rstrip()


def _shown(figure: Figure, value: Value) -> str:
    if value is None:
        return "–"
    return f"{value * 100:.2f} %" if figure.unit is Unit.RATE else f"{value:,}"
