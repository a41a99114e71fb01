"""The books of a made-up shop: each day's numbers, computed from what really happened."""

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.analytics.made_up.shop import DIGITS, PRODUCTS

ABANDONED_AFTER = timedelta(hours=24)


def outcome(order):
    """Return how an order ended, placed, accepted or cancelled, and its last accepted step."""
    status, state = "placed", None
    for step in order.steps:
        if step.status == "cancelled":
            status = "cancelled"
        elif step.status == "accepted":
            state = step
            revives = any(not line.is_cancelled for line in step.lines)
            if status != "cancelled" or revives:
                status = "accepted"
    return status, state


SUMS = (
    *("gross_sales", "discounts", "returned", "net_sales", "tax", "shipping", "fees", "other"),
    *("revenue", "orders", "units", "waiting_orders", "cancelled_orders", "cancelled_revenue"),
    *("orders_without_visit", "visits", "interested_visits", "engaged_visits", "cart_visits"),
    *("converted_visits", "carts", "open_carts", "abandoned_carts", "abandoned_revenue"),
)
"""Numbers that add up over days."""


def divided(part, whole, digits):
    """Return a ratio as figures show it, or None for a division by zero."""
    if not whole:
        return None
    return Decimal(round(Fraction(part) / Fraction(whole) * 10**digits)).scaleb(-digits)


class Books:
    """Numbers by local day, in one currency; if a channel is given, of its visits alone."""

    def __init__(self, shop, zone, currency, now, own_currency="EUR", channel=()):
        self.shop = shop
        self.channel = channel
        self.zone = ZoneInfo(zone)
        self.own_currency = own_currency
        self.currency = currency
        self.now = now
        self.days = defaultdict(lambda: defaultdict(Decimal))
        self.visits = {visit.id: visit for visit in shop.visits if self._is_of_channel(visit)}
        self.counted = []
        for order in shop.orders:
            if not channel or order.visit in self.visits:
                self._enter_order(order)
        for visit in self.visits.values():
            self._enter_visit(visit)
        for cart in shop.carts:
            if not channel or cart.visit in self.visits:
                self._enter_cart(cart)

    def day(self, at):
        return at.astimezone(self.zone).date()

    def total(self, first, last):
        """Return every number of a range of days."""
        sums = Counter()
        for day, numbers in self.days.items():
            if first <= day <= last:
                sums.update(numbers)
        return {
            **{name: sums[name] for name in SUMS},
            **self._rates(sums),
            **self._people(first, last),
            **self._searches(first, last),
        }

    def cost(self, sku, day):
        """Return the cost of a SKU on a day, as the shop knew it last."""
        known = [cost for cost in self.shop.costs if cost.sku == sku and cost.since <= day]
        return max(known, key=lambda cost: (cost.since, cost.at)).amount if known else None

    def products(self):
        """Return net sales and units by product over all days."""
        sold = defaultdict(lambda: [Decimal(0), 0])
        for _, state in self.counted:
            for line in state.lines:
                if not line.is_cancelled:
                    product, _ = PRODUCTS[line.sku]
                    sold[product][0] += line.worth - line.discount
                    sold[product][1] += line.quantity
        return {code: tuple(numbers) for code, numbers in sold.items()}

    def searches(self):
        """Return visits by search term over all days: all, without result, and with an order."""
        found = defaultdict(lambda: [0, 0, 0])
        bought = {order.visit for order in self.shop.orders if outcome(order)[0] == "accepted"}
        for (visit, term), pages in self._searched().items():
            found[term][0] += 1
            found[term][1] += any(page.results == 0 for page in pages)
            found[term][2] += visit in bought
        return {term: tuple(numbers) for term, numbers in found.items()}

    def _searched(self):
        """Return the pages of each visit and search term."""
        found = defaultdict(list)
        for visit in self.shop.visits:
            for page in visit.pages:
                if page.term:
                    found[visit.id, " ".join(page.term.lower().split())].append(page)
        return found

    def channels(self):
        """Return visits, orders and revenue by the next level of the channel over all days."""
        place = len(self.channel)
        found = defaultdict(lambda: [0, 0, Decimal(0)])
        for visit in self.visits.values():
            found[self._levels(visit)[place]][0] += 1
        for order, state in self.counted:
            visit = self.visits.get(order.visit)
            row = found[self._levels(visit)[place] if visit else ""]
            row[1] += 1
            row[2] += state.amounts.total
        return {key: tuple(row) for key, row in found.items()}

    @staticmethod
    def _levels(visit):
        levels = visit.channel if visit.is_begun else ("unknown",)
        return (*levels, *[""] * (5 - len(levels)))

    def _is_of_channel(self, visit):
        return self._levels(visit)[: len(self.channel)] == self.channel

    def _rates(self, sums):
        digits = DIGITS[self.currency]
        margin, costed = sums["margin"], sums["costed_net"]
        is_known = costed and self.currency == self.own_currency
        return {
            "average_order": divided(sums["revenue"], sums["orders"], digits),
            "margin": divided(margin, 1, digits) if is_known else None,
            "margin_rate": divided(margin, costed, 6) if is_known else None,
            "conversion": divided(sums["converted_visits"], sums["visits"], 6),
            "revenue_per_visit": divided(sums["visit_revenue"], sums["visits"], digits),
            "bounce_rate": divided(sums["visits"] - sums["interested_visits"], sums["visits"], 6),
            "abandon_rate": divided(sums["abandoned_carts"], sums["carts"], 6),
            "average_abandoned_cart": divided(
                sums["abandoned_revenue"], sums["abandoned_carts"], digits
            ),
        }

    def _enter_order(self, order):
        status, state = outcome(order)
        numbers = self.days[self.day(order.ordered_at)]
        if state is None:  # of an unknown amount, so in every currency
            numbers["waiting_orders"] += status == "placed"
            numbers["cancelled_orders"] += status == "cancelled"
        if order.currency != self.currency or state is None:
            return
        if status == "cancelled":
            numbers["cancelled_orders"] += 1
            numbers["cancelled_revenue"] += state.amounts.total
            return
        self.counted.append((order, state))
        amounts = state.amounts
        returned = sum((line.worth for line in state.lines if line.is_cancelled), Decimal(0))
        numbers["orders"] += 1
        numbers["units"] += sum(line.quantity for line in state.lines if not line.is_cancelled)
        numbers["revenue"] += amounts.total
        numbers["gross_sales"] += amounts.gross
        numbers["discounts"] += amounts.discounts
        numbers["returned"] += returned
        numbers["net_sales"] += amounts.gross - amounts.discounts - returned
        numbers["tax"] += amounts.tax
        numbers["shipping"] += amounts.shipping
        numbers["fees"] += amounts.fees
        numbers["other"] += amounts.other
        if order.visit in self.visits:
            numbers["visit_revenue"] += amounts.total
        else:
            numbers["orders_without_visit"] += 1
        for line in state.lines:
            cost = self.cost(line.sku, self.day(order.ordered_at))
            if cost is not None and not line.is_cancelled:
                net = line.worth - line.discount
                numbers["costed_net"] += net
                numbers["margin"] += net - cost * line.quantity

    def _enter_visit(self, visit):
        numbers = self.days[self.day(min(page.at for page in visit.pages))]
        types = {page.type for page in visit.pages}
        is_converted = any(
            outcome(order)[0] == "accepted" for order in self.shop.orders if order.visit == visit.id
        )
        has_cart = any(
            lines
            for cart in self.shop.carts
            if cart.visit == visit.id
            for _, lines, _ in cart.states
        )
        is_carted = is_converted or has_cart or bool(types & {"cart", "checkout", "order_success"})
        is_engaged = is_carted or "product" in types
        is_interested = is_engaged or len(visit.pages) > 1
        numbers["visits"] += 1
        numbers["interested_visits"] += is_interested
        numbers["engaged_visits"] += is_engaged
        numbers["cart_visits"] += is_carted
        numbers["converted_visits"] += is_converted

    def _enter_cart(self, cart):
        at, _, total = cart.states[-1]
        if cart.currency != self.currency or not any(lines for _, lines, _ in cart.states):
            return
        numbers = self.days[self.day(cart.created_at)]
        numbers["carts"] += 1
        if any(order.cart == cart.id for order in self.shop.orders):
            return
        if at < self.now - ABANDONED_AFTER:
            numbers["abandoned_carts"] += 1
            numbers["abandoned_revenue"] += total
        else:
            numbers["open_carts"] += 1

    def _people(self, first, last):
        orders = defaultdict(list)
        for order, state in self.counted:
            if order.email:
                returned = sum(line.worth for line in state.lines if line.is_cancelled)
                net = state.amounts.gross - state.amounts.discounts - returned
                orders[order.email].append((self.day(order.ordered_at), net))
        theirs = {
            email: its
            for email, its in orders.items()
            if any(first <= day <= last for day, _ in its)
        }
        firsts, counts = self._first_days(), self._counts()
        new = sum(first <= firsts[email] <= last for email in theirs)
        value = sum(net for its in theirs.values() for _, net in its)
        return {
            "customers": len(theirs),
            "new_customers": new,
            "returning_customers": len(theirs) - new,
            "repeat_rate": divided(sum(counts[email] > 1 for email in theirs), len(theirs), 6),
            "lifetime_value": divided(value, len(theirs), DIGITS[self.currency]),
            "visitors": len(
                {
                    visit.visitor
                    for visit in self.visits.values()
                    if first <= self.day(min(page.at for page in visit.pages)) <= last
                }
            ),
        }

    def _searches(self, first, last):
        """Return the visits that searched, and those whose search found nothing.

        A visit searches for a term when it does so for the first time.
        """
        in_time = [
            (visit, any(page.results == 0 for page in pages))
            for (visit, _), pages in self._searched().items()
            if first <= self.day(min(page.at for page in pages)) <= last
        ]
        return {
            "search_visits": len({visit for visit, _ in in_time}),
            "no_result_visits": len({visit for visit, is_in_vain in in_time if is_in_vain}),
        }

    def _counts(self):
        """Return each customer's number of counted orders, in whatever currency."""
        return Counter(order.email for order in self.shop.orders if outcome(order)[0] == "accepted")

    def _first_days(self):
        """Return each customer's first day with a counted order, in whatever currency."""
        firsts = {}
        for order in self.shop.orders:
            if outcome(order)[0] == "accepted" and order.email:
                day = self.day(order.ordered_at)
                firsts[order.email] = min(day, firsts.get(order.email, day))
        return firsts
