"""The books of a product, SKU or category, computed from what really happened in a shop."""

from collections import defaultdict
from decimal import Decimal

from tests.analytics.made_up.books import divided, outcome
from tests.analytics.made_up.shop import DIGITS, PRODUCTS


class CatalogBooks:
    """Numbers of a product, SKU or category by local day, in the currency of a shop's books."""

    def __init__(self, books, kind, code):
        self.books = books
        self.kind = kind
        self.code = code

    def total(self, first, last):
        """Return every number of a range of days."""
        sums = defaultdict(Decimal)
        for order, state in self.books.counted:
            if first <= self.books.day(order.ordered_at) <= last:
                self._add_order(sums, order, self._own(state.lines))
        for visit in self.books.shop.visits:
            if first <= self.books.day(min(page.at for page in visit.pages)) <= last:
                self._add_visit(sums, visit)
        digits = DIGITS[self.books.currency]
        is_known = sums["costed_net"] and self.books.currency == self.books.own_currency
        names = ("net_sales", "units", "orders", "visits", "cart_visits", "converted_visits")
        return {
            **{name: sums[name] for name in names},
            "conversion": divided(sums["converted_visits"], sums["visits"], 6),
            "margin": divided(sums["margin"], 1, digits) if is_known else None,
            "margin_rate": divided(sums["margin"], sums["costed_net"], 6) if is_known else None,
        }

    def _add_order(self, sums, order, lines):
        sums["orders"] += bool(lines)
        for line in lines:
            net = line.worth - line.discount
            sums["units"] += line.quantity
            sums["net_sales"] += net
            cost = self.books.cost(line.sku, self.books.day(order.ordered_at))
            if cost is not None:
                sums["costed_net"] += net
                sums["margin"] += net - cost * line.quantity

    def _add_visit(self, sums, visit):
        if not any(map(self._is_seen, visit.pages)):
            return
        shop = self.books.shop
        ends = [outcome(order) for order in shop.orders if order.visit == visit.id]
        is_bought = any(status == "accepted" and self._own(end.lines) for status, end in ends)
        is_carted = any(
            self._is_it(line.sku)
            for cart in shop.carts
            if cart.visit == visit.id
            for _, lines, _ in cart.states
            for line in lines
        )
        sums["visits"] += 1
        sums["cart_visits"] += is_carted or is_bought
        sums["converted_visits"] += is_bought

    def _own(self, lines):
        return [line for line in lines if self._is_it(line.sku) and not line.is_cancelled]

    def _is_it(self, sku):
        product, categories = PRODUCTS[sku]
        return (
            self.code in {"product": (product,), "sku": (sku,), "category": categories}[self.kind]
        )

    def _is_seen(self, page):
        if self.kind == "category":
            return page.category == self.code
        return bool(page.sku) and PRODUCTS[page.sku][0] == self.code
