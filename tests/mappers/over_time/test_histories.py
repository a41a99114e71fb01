"""Histories of one order: the state last sent equals the shop's, whatever happened before."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mappers.site import Site

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
GOODS = {"CUP": Decimal("9.95"), "POT": Decimal("34.50"), "TEA": Decimal("4.05")}
VARIANTS = {"CUP": 101, "POT": 102, "TEA": 103}
BASES = {"TEA": 13}
RATE = Decimal("0.08")


class Shop:
    """A shop with one order, and its own arithmetic."""

    def __init__(self):
        self.lines = {1: ("CUP", 1)}
        self.status = "complete"
        self.promotion = Decimal(0)
        self.shipping = Decimal("5.00")
        self.wrapping = Decimal(0)
        self.changes = 0
        self.canceled_at = None

    @property
    def now(self):
        return (START + timedelta(hours=self.changes)).isoformat().replace("+00:00", "Z")

    @property
    def sums(self):
        item = sum((GOODS[sku] * pieces for sku, pieces in self.lines.values()), Decimal(0))
        tax = (item * RATE).quantize(Decimal("0.01"))
        discount = min(self.promotion, item)
        return {
            "item": item,
            "tax": tax,
            "shipping": self.shipping,
            "discount": discount,
            "order": item + tax + self.shipping + self.wrapping - discount,
        }

    def change(self, what, sku="CUP", pieces=1):
        """Change something; an order that is canceled can only be resumed or stay."""
        self.changes += 1
        if what == "cancel" and self.status != "canceled":
            self.status, self.canceled_at = "canceled", self.now
        elif what == "resume" and self.status == "canceled":
            self.status = "resumed"
        elif what == "reopen" and self.status == "canceled":
            self.status = "complete"
        elif self.status != "canceled":
            if what == "add":
                self.lines[max(self.lines, default=0) + 1] = (sku, pieces)
            elif what == "remove" and len(self.lines) > 1:
                del self.lines[min(self.lines)]
            elif what == "promote":
                self.promotion = Decimal(pieces)
            elif what == "wrap":
                self.wrapping = Decimal("3.30")

    def hub(self, dialect):
        """The hub's rendering."""
        sums = self.sums
        lines = [self._hub_line(dialect, *one) for one in self.lines.items()]
        return {
            ("id" if dialect == "v6" else "number"): "R1",
            "status": self.status,
            "email": "ann@example.com",
            "currency": "EUR",
            "placed_on": START.isoformat(),
            "updated_at": self.now,
            "totals": {
                "item": float(sums["item"]),
                "tax": float(sums["tax"]),
                "shipping": float(sums["shipping"]),
                "order": float(sums["order"]),
            },
            "adjustments": [
                {"name": "discount", "value": float(-sums["discount"])},
                {"name": "tax", "value": float(sums["tax"])},
                {"name": "shipping", "value": float(sums["shipping"])},
                {"name": "gift wrapping", "value": float(self.wrapping)},
            ],
            "line_items": lines,
        }

    @staticmethod
    def _hub_line(dialect, number, line):
        sku, pieces = line
        shared = {"name": sku.title(), "quantity": pieces, "price": float(GOODS[sku])}
        if dialect == "v6":
            return {"id": number, "product_id": sku, **shared}
        return {"sku": sku, "variant_id": VARIANTS[sku], **shared}

    def raw(self):
        """The shop's own rendering."""
        sums = self.sums
        discount = {"label": "Spring", "amount": str(-sums["discount"])}
        wrapping = {"label": "Gift wrapping", "amount": str(self.wrapping)}
        return {
            "id": 5,
            "number": "R1",
            "user_id": 7,
            "state": self.status,
            "email": "ann@example.com",
            "item_total": str(sums["item"]),
            "tax_total": str(sums["tax"]),
            "ship_total": str(sums["shipping"]),
            "total": str(sums["order"]),
            "created_at": START.isoformat(),
            "updated_at": self.now,
            "completed_at": START.isoformat(),
            "canceled_at": self.canceled_at,
            "adjustments": [{**discount, "source_type": "Spree::PromotionAction"}, wrapping],
            "line_items": [self._raw_line(*one) for one in self.lines.items()],
        }

    @staticmethod
    def _raw_line(number, line):
        sku, pieces = line
        variant = {
            "id": VARIANTS[sku],
            "sku": sku,
            "is_master": sku not in BASES,
            "product_id": BASES.get(sku, 10),
        }
        price = str(GOODS[sku])
        return {
            "id": number,
            "quantity": pieces,
            "price": price,
            "variant_id": VARIANTS[sku],
            "variant": variant,
        }

    def message(self, form):
        """The message about its current state, and the expected events."""
        order = self.hub(form)
        if form == "state only":
            order = {key: order[key] for key in ("number", "status", "updated_at")}
        elif form == "no totals":
            order = {key: order[key] for key in order if key not in ("totals", "adjustments")}
        elif form == "no state":
            del order["status"]
        payload = {"order": order}
        if form == "v5 with original":
            payload["original"] = self.raw()
        if self.changes == 0:
            kind = "order:new"
        else:
            kind = "order:canceled" if self.status == "canceled" else "order:updated"
        return kind, deepcopy(payload)

    def latest(self):
        """Return what an analyst should see."""
        status = "cancelled" if self.status == "canceled" else "accepted"
        return {
            "status": status,
            "items": [
                (sku, pieces, float(GOODS[sku]), status) for sku, pieces in self.lines.values()
            ],
            "sums": {name: float(amount) for name, amount in self.sums.items()},
        }


def seen(site):
    accepted = [event.body for event in site.sent if event.name == "order-accepted"]
    last = max(enumerate(accepted), key=lambda one: (one[1]["change_date"], one[0]))[1]
    return {
        "status": site.status("R1"),
        "items": [
            (i["product"]["id"], i["quantity"], i["price"], i["status"]) for i in last["items"]
        ],
        "sums": {
            name: last[key]
            for name, key in (
                ("item", "subtotal"),
                ("tax", "total_tax"),
                ("shipping", "total_shipping"),
                ("discount", "total_discounts"),
                ("order", "total"),
            )
        },
    }


def adds_up(mapped, fees):
    """In each cart and order the items, tax, shipping and fees less discounts are the total."""
    bodies = [event.body for event in mapped.events if "total_discounts" in event.body]
    for body in bodies:
        exact = {name: Decimal(str(body[name])) for name in body if name.startswith("total")}
        items = sum(
            (Decimal(str(item["price"])) * item["quantity"] for item in body["items"]), Decimal(0)
        )
        total = exact["total_tax"] + exact["total_shipping"] + exact["total_payment_cost"] + fees
        if items + total - exact["total_discounts"] != exact["total"]:
            return False
    return bool(bodies)


def chain_is_whole(site):
    """Each event's `previous_items` are the items of the one before, of carts and of orders."""
    for name in ("cart", "order-accepted"):
        bodies = [event.body for event in site.sent if event.name == name]
        for before, after in pairwise(bodies):
            if after["previous_items"] != before["items"]:
                return False
    return True


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(
            ["add", "add", "remove", "promote", "wrap", "cancel", "resume", "reopen", "nothing"]
        ),
        st.sampled_from(sorted(GOODS)),
        st.integers(1, 5),
    ),
    max_size=6,
)
FULL = st.sampled_from(["v5", "v5 with original", "v6"])


@settings(deadline=None, max_examples=60)
@given(CHANGES, st.data())
def test_messages_of_any_form_in_order_lead_to_the_state_of_the_shop(changes, data):
    shop, site = Shop(), Site()
    site.take(*shop.message(data.draw(FULL)))
    for change in changes:
        shop.change(*change)
        forms = ["v5", "v5 with original", "v6"]
        if change[0] in ("cancel", "resume", "reopen", "nothing"):
            forms += ["state only", "no totals"]
        if change[0] not in ("cancel", "resume", "reopen"):
            forms.append("no state")
        for _ in range(data.draw(st.integers(1, 2))):  # delivered at least once
            mapped = site.take(*shop.message(data.draw(st.sampled_from(forms))))
            assert mapped.warnings == []
            assert adds_up(mapped, shop.wrapping)
        assert seen(site) == shop.latest()
    assert chain_is_whole(site)


@settings(deadline=None, max_examples=60)
@given(CHANGES, st.data())
def test_complete_messages_in_any_order_lead_to_the_state_of_the_shop(changes, data):
    shop, site = Shop(), Site()
    messages = [shop.message(data.draw(FULL))]
    for change in changes:
        shop.change(*change)
        messages.append(shop.message(data.draw(FULL)))
    repeats = data.draw(st.lists(st.sampled_from(messages), max_size=3))
    for message in data.draw(st.permutations([*messages, *repeats])):
        site.take(*message)

    assert seen(site) == shop.latest()
    assert chain_is_whole(site)
    assert [event.name for event in site.sent].count("order-placed") == 1


@settings(deadline=None, max_examples=60)
@given(CHANGES, st.data())
def test_products_items_and_the_buyer_keep_their_ids(changes, data):
    shop, site = Shop(), Site()
    site.take(*shop.message("v5 with original"))
    for change in changes:
        shop.change(*change)
        # Only lines with ids tell which of two equal ones was removed.
        has_other_lines = change[0] in ("add", "remove")
        form = data.draw(FULL.filter(lambda form: form != "v5") if has_other_lines else FULL)
        site.take(*shop.message(form))

        accepted = [event.body for event in site.sent if event.name == "order-accepted"][-1]
        items = [(item["id"], item["product"]["id"]) for item in accepted["items"]]
        assert items == [(str(number), sku) for number, (sku, _) in shop.lines.items()]
        assert accepted["customer"]["id"] == "7"


@settings(deadline=None, max_examples=60)
@given(CHANGES)
def test_messages_without_change_dates_count_in_order_of_arrival(changes):
    shop, site = Shop(), Site()
    for change in [("nothing", "CUP", 1), *changes]:
        kind, payload = shop.message("v6")
        payload["order"].pop("updated_at")
        site.take(kind, payload)
        assert seen(site) == shop.latest()
        what, *more = change
        shop.change("resume" if what == "reopen" else what, *more)
