"""The reports: the figures and tables of each. Numbers only; presentation formats them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection

from analytics.figures.figures import (
    CARDS,
    CATALOG_CARDS,
    FIGURES,
    FUNNEL,
    Measured,
    measure,
)
from analytics.queries.abandoned import abandoned_carts
from analytics.queries.asked import Asked, Days
from analytics.queries.currencies import first_day, last_day, other_currencies
from backoffice.addresses import Address
from backoffice.formats import Format
from backoffice.reports.changes import ledger_table
from backoffice.reports.lists import best_of, whole_list
from backoffice.reports.tables import (
    Column,
    Look,
    Row,
    Table,
    figure_column,
    interval_column,
)

MOST_ROWS = 100

SALES = ("gross_sales", "discounts", "tax", "shipping", "fees", "other", "revenue")
_NET = ("gross_sales", "discounts", "returned", "net_sales")
_CARTS = (
    *("carts", "abandoned_carts", "open_carts", "abandon_rate"),
    *("abandoned_revenue", "average_abandoned_cart"),
)
_EXTRA_OF_OVERVIEW = (*FUNNEL[1:], *_CARTS, "orders_without_visit", "waiting_orders")
"""The figures of the overview besides its cards."""
_BEST_OF = {
    "": ("products", "categories", "channels"),
    "channel": ("channels",),
    "product": ("skus",),
    "category": (),
}
"""Lists of the overview by the kind of segment."""
_OF_CATALOG = ("net_sales", "units", "margin", "margin_rate")
_OF_SEGMENT = ("net_sales", "units", "visits", "cart_visits", "converted_visits", "conversion")
_LISTS = ("products", "categories", "searches")
_LISTS_OF = {"product": ("skus",), "category": ()}
"""Lists of the merchandising report, and those for a kind of segment; the first refuse the rest."""
_CUSTOMERS = (
    *("customers", "new_customers", "returning_customers"),
    *("repeat_rate", "lifetime_value", "average_order"),
)


@dataclass(frozen=True)
class Report:
    """The contents of a report: figures by name, tables in order, and data for notes."""

    figures: Mapping[str, Measured] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    other_currencies: Mapping[str, int] = field(default_factory=dict)
    known_since: Days | None = None
    last_day: date | None = None
    """The newest day with figures, or None if there are none at all yet."""

    def table(self, name: str) -> Table:
        """Return a table by its name; raise KeyError."""
        return {table.name: table for table in self.tables}[name]


Build = Callable[[Connection, Asked, Address, Format], Report]


def overview(connection: Connection, asked: Asked, address: Address, form: Format) -> Report:
    """Return the seven figures with charts, the funnel, carts, and the top of each list."""
    cards = cards_of(asked)
    extra = _EXTRA_OF_OVERVIEW if cards is CARDS else ()
    figures = measure(connection, asked, [*cards, *extra], series=True)
    kind = asked.segment.kind if asked.segment else ""
    tables = [best_of(connection, asked, address, form, name) for name in _BEST_OF[kind]]
    others = other_currencies(connection, asked)
    return Report(figures, tables, others, last_day=last_day(connection, asked.site.site))


def cards_of(asked: Asked) -> Sequence[str]:
    """Return the figures of the overview's cards, which are others for a product or category."""
    is_whole = asked.segment is None or asked.segment.kind == "channel"
    return CARDS if is_whole else CATALOG_CARDS


def sales(connection: Connection, asked: Asked, address: Address, _form: Format) -> Report:
    """Return the parts of revenue, in total and by day, week or month."""
    names = (
        *SALES,
        *("returned", "net_sales", "orders", "average_order", "units"),
        *("cancelled_orders", "cancelled_revenue", "waiting_orders"),
    )
    figures = measure(connection, asked, names, series=True)
    tables = [_by_interval(asked, figures, address), ledger_table(connection, asked, address)]
    return Report(figures, tables, other_currencies(connection, asked))


def marketing(connection: Connection, asked: Asked, address: Address, form: Format) -> Report:
    """Return the channels, one level at a time, and the funnel of the chosen one."""
    names = ("visits", "conversion", "revenue", "revenue_per_visit", "bounce_rate", "orders")
    figures = measure(connection, asked, names)
    tables = [whole_list(connection, asked, address, form, "channels")]
    return Report(figures, tables, other_currencies(connection, asked))


def merchandising(connection: Connection, asked: Asked, address: Address, form: Format) -> Report:
    """Return products and categories from view to order, and what visitors searched for."""
    figures = measure(connection, asked, _OF_SEGMENT if asked.segment else _OF_CATALOG)
    kind = asked.segment.kind if asked.segment else ""
    tables = [
        whole_list(connection, asked, address, form, one) for one in _LISTS_OF.get(kind, _LISTS)
    ]
    return Report(figures, tables, other_currencies(connection, asked))


def customers(connection: Connection, asked: Asked, address: Address, _form: Format) -> Report:
    """Return new and returning customers and their value, without names."""
    figures = measure(connection, asked, _CUSTOMERS, series=True)
    table = _course(asked, figures, _CUSTOMERS[:5], address, "customers_by_interval")
    first = first_day(connection, asked.site.site)
    known = Days(first, asked.days.last) if first else None
    return Report(figures, [table], other_currencies(connection, asked), known)


def carts(connection: Connection, asked: Asked, address: Address, _form: Format) -> Report:
    """Return the number of abandoned carts, and the most valuable ones."""
    figures = measure(connection, asked, _CARTS, series=True)
    columns = ("carts", "abandoned_carts", "abandon_rate", "abandoned_revenue")
    rows = [
        Row([cart.cart_id, cart.day, cart.units, cart.total])
        for cart in abandoned_carts(connection, asked, MOST_ROWS)
    ]
    left = Table(
        "abandoned",
        "Abandoned carts",
        "Most valuable first. Look up the number in your shop to find the customer.",
        [
            Column("cart", "Cart", Look.TEXT),
            Column("started", "Started", Look.DAYS),
            Column("units", "Units", Look.COUNT, far=True),
            Column("total", "Total", Look.MONEY),
        ],
        rows,
        csv_url=address.url(table="abandoned"),
        empty="No cart was abandoned in this period.",
    )
    course = _course(asked, figures, columns, address, "carts_by_interval")
    return Report(figures, [course, left], other_currencies(connection, asked))


REPORTS: dict[str, Build] = {
    "overview": overview,
    "sales": sales,
    "marketing": marketing,
    "merchandising": merchandising,
    "customers": customers,
    "carts": carts,
}
"""Each report by the name of its page."""


def _by_interval(asked: Asked, figures: Mapping[str, Measured], address: Address) -> Table:
    """Return the table that adds up from left to right: gross sales to revenue."""
    has_other = any(value for _, value in figures["other"].series)
    signs = {"discounts": "− ", "tax": "+ ", "shipping": "+ ", "fees": "+ ", "other": "+ "}
    made_of = [name for name in SALES if name != "other" or has_other]
    columns = [
        interval_column(asked.interval),
        figure_column("orders"),
        *(
            figure_column(
                name,
                ("= " if name == "revenue" else signs.get(name, "")) + FIGURES[name].title,
                strong=name == "revenue",
            )
            for name in made_of
        ),
        figure_column("net_sales"),
        figure_column("cancelled_orders", "Cancelled"),
    ]
    names = ["orders", *made_of, "net_sales", "cancelled_orders"]
    return replace(
        _course(asked, figures, names, address, "by_interval"),
        title=f"By {asked.interval}",
        sentence="Each row adds up from left to right: gross sales − discounts + tax + shipping + "
        f"fees{' + other' if has_other else ''} = revenue. Amounts in {asked.currency}.",
        columns=columns,
    )


_SHORT = {
    "customers": "Customers",
    "new_customers": "New",
    "returning_customers": "Returning",
    "lifetime_value": "Lifetime value",
    "abandoned_carts": "Abandoned",
    "abandoned_revenue": "Value left",
}
"""Labels of columns that would be too long on a phone."""


def _course(
    asked: Asked,
    figures: Mapping[str, Measured],
    names: Sequence[str],
    address: Address,
    table: str,
) -> Table:
    """Return figures by day, week or month, newest first."""
    series = {name: dict(figures[name].series) for name in names}
    spans = list(dict(figures[names[0]].series))[::-1]
    now = asked.now.astimezone(asked.site.zone)
    until = f"{now:%H:%M}"
    rows = [
        Row(
            [span.first, *(series[name][span] for name in names)],
            ends_week=asked.interval == "day" and span.first.weekday() == 0,
            note=f"until {until}" if span.last == now.date() else "",
        )
        for span in spans
    ]
    return Table(
        table,
        f"By {asked.interval}",
        "",
        [
            interval_column(asked.interval),
            *(figure_column(name, _SHORT.get(name, "")) for name in names),
        ],
        rows,
        total=Row(["All", *(figures[name].value for name in names)]),
        csv_url=address.url(table=table),
    )
