"""Count customers, and the days on which they bought, while their orders change.

A day's customers are counted by the day on which they bought before. So the customers of any days
are those of each day who had not bought before it within these days, and each counts once.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, delete

from analytics.facts.rows import remove
from analytics.rollup_tables import CUSTOMER_DAYS
from analytics.tables import CUSTOMERS
from database.statements import Keyed


def _adding_customers(theirs: str) -> Keyed:
    return Keyed(f"""
        INSERT INTO analytics_customers (site, customer, currency, first_day, orders, net)
        SELECT
            site, customer, currency,
            MIN(MIN(day)) OVER (PARTITION BY customer), COUNT(*), SUM(net)
        FROM analytics_orders
        WHERE site = :site AND {theirs} AND status = 'accepted'
        GROUP BY site, customer, currency
    """)  # noqa: S608 - our own conditions


def _adding_days(theirs: str) -> Keyed:
    """Return the statement that adds the days on which customers bought, times `:sign`."""
    return Keyed(f"""
        WITH bought AS (
            SELECT site, customer, currency, day, COUNT(*) AS orders, SUM(net) AS net
            FROM analytics_orders
            WHERE site = :site AND {theirs} AND status = 'accepted'
            GROUP BY site, customer, currency, day
        ), one AS (
            SELECT
                site, currency, day,
                LAG(day) OVER (PARTITION BY customer, currency ORDER BY day) AS before,
                MIN(day) OVER (PARTITION BY customer) AS first_day,
                CASE SUM(orders) OVER (PARTITION BY customer) WHEN 1 THEN 1 ELSE 0 END AS once,
                SUM(net) OVER (PARTITION BY customer, currency) AS net
            FROM bought
        )
        INSERT INTO analytics_customer_days
            (site, currency, day, is_first, since, buyers, once, net)
        SELECT
            site, currency, day, before IS NULL, COALESCE(before, first_day),
            COUNT(*) * :sign, SUM(once) * :sign, SUM(net) * :sign
        FROM one GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT (site, currency, day, is_first, since) DO UPDATE SET
            buyers = analytics_customer_days.buyers + excluded.buyers,
            once = analytics_customer_days.once + excluded.once,
            net = analytics_customer_days.net + excluded.net
    """)  # noqa: S608 - our own conditions


_SOME, _EVERY = "customer = ANY(:keys)", "customer <> ''"
_ADD_CUSTOMERS, _ADD_DAYS = _adding_customers(_SOME), _adding_days(_SOME)
_ADD_ALL_CUSTOMERS, _ADD_ALL_DAYS = _adding_customers(_EVERY), _adding_days(_EVERY)


@contextmanager
def recounting(connection: Connection, site: str, customers: Collection[str]) -> Iterator[None]:
    """Count customers again after the block, in which only their orders may change.

    Their days are taken out of the sums before the block and added to them after it. Rows that end
    up without buyers stay, since they change no sum.
    """
    if customers:
        _ADD_DAYS(connection, site, customers, sign=-1)
    yield
    if customers:
        remove(connection, CUSTOMERS, site, "customer", customers)
        _ADD_CUSTOMERS(connection, site, customers)
        _ADD_DAYS(connection, site, customers, sign=1)


def recount_all(connection: Connection, site: str) -> None:
    """Count all customers of a site from their orders."""
    for table in (CUSTOMERS, CUSTOMER_DAYS):
        connection.execute(delete(table).where(table.c.site == site))
    _ADD_ALL_CUSTOMERS(connection, site)
    _ADD_ALL_DAYS(connection, site, sign=1)
