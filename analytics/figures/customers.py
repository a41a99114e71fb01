"""Figures of customers, by their whole history."""

from analytics.figures.figure import CUSTOMERS as ALONE
from analytics.figures.figure import Figure, Unit, ratio, sum_of

CUSTOMERS: dict[str, Figure] = {
    "customers": Figure(
        "Customers with an order",
        "Different buyers of counted orders in the whole period, by e-mail address, so days do "
        "not add up.",
        Unit.COUNT,
        sum_of("customers"),
        ALONE,
        "up",
    ),
    "new_customers": Figure(
        "New customers",
        "Customers whose first counted order ever, in any currency, lies in the period.",
        Unit.COUNT,
        sum_of("new_customers"),
        ALONE,
        "up",
    ),
    "returning_customers": Figure(
        "Returning customers",
        "Customers with an order in the period who had bought before it.",
        Unit.COUNT,
        lambda sums, _: sums["customers"] - sums["new_customers"],
        ALONE,
        "up",
    ),
    "repeat_rate": Figure(
        "Repeat rate",
        "Customers with two or more counted orders ever, in any currency, as a share of the "
        "customers with an order in the period.",
        Unit.RATE,
        ratio("repeat_customers", "customers"),
        ALONE,
        "up",
    ),
    "lifetime_value": Figure(
        "Customer lifetime value",
        "Net sales ever, in the chosen currency, of the customers with an order in the period, "
        "divided by these customers.",
        Unit.MONEY,
        ratio("lifetime_net", "customers"),
        ALONE,
        "up",
    ),
}
"""Figures of customers."""
