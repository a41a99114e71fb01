"""A cart or order completed from what was sent before: the fields that both have."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mappers import customers
from mappers.events import Fact, Key, Memory, first, once_property
from mappers.problems import MappingError, Warning
from mappers.purchases.amounts import renderings_agree
from mappers.purchases.items import Item, items, joined
from mappers.purchases.purchase import CURRENCY, Purchase, earliest
from mappers.purchases.readings import read_sums
from mappers.purchases.sums import Sums, items_warning
from mappers.reading import refusals
from mappers.reading.orders import Before, Order

Body = dict[str, Any]

_LAST_RESORT = "USD"
_VISIT = ("visit_id", "visitor_id", "pageview_id", "last_pageview_id")
_OWN = frozenset({"cart_item_number", "order_item_number", "status"})


@dataclass(frozen=True)
class Completed:
    """A purchase, completed from what is remembered.

    `last` is the body of the event last sent about it, which supplies what the message lacks.
    """

    purchase: Purchase
    memory: Memory
    last: Body | None

    @once_property
    def created(self) -> str:
        """The create date, never after the change date."""
        purchase = self.purchase
        found: str = first(
            purchase.original.created_at,
            purchase.hub.created_at,
            self.last and self.last["create_date"],
            purchase.hub.placed_on,
            earliest(purchase.lines),
            purchase.changed,
        )
        return min(found, purchase.changed)

    @property
    def cart_id(self) -> str:
        """The id of the cart, which for most orders is the order's number."""
        purchase, last = self.purchase, self.last or {}
        sent = self.memory.get(Key("cart", purchase.number))
        remembered = sent and sent["body"] and sent["body"]["id"]
        found: str = first(purchase.cart_id, last.get("cart_id"), remembered, purchase.number)
        return found

    @once_property
    def customer(self) -> Body:
        """The Jirafe customer who bought."""
        purchase, dates = self.purchase, (self.created, self.purchase.changed)
        last = self.last and self.last["customer"]
        return customers.buyer(
            purchase.hub, purchase.original, purchase.number, dates, self.memory, last
        )

    @once_property
    def visit(self) -> dict[str, str] | None:
        """The ids of the visit, without "0", the placeholder of some shops."""
        hub, original = self.purchase.hub, self.purchase.original
        ids = {name: _visited(original, name) or _visited(hub, name) or "" for name in _VISIT}
        if any(ids.values()):
            return ids
        return self.last.get("visit") if self.last else None

    @once_property
    def items(self) -> list[Item]:
        """The items with the fields that carts and orders share; without any, those last sent."""
        purchase, last = self.purchase, self.last["items"] if self.last else ()
        if purchase.lines is None:
            return [{k: v for k, v in item.items() if k not in _OWN} for item in last]
        dates = self.created, purchase.changed
        return items(purchase.lines, dates, purchase.parameters, purchase.clock, self.memory, last)

    @once_property
    def previous_items(self) -> list[Item]:
        """The items before the change, [] if the message does not have them.

        Problems with them are ignored, because they should not cost the current state.
        """
        purchase = self.purchase
        if not purchase.previous and not purchase.diff:
            return []
        try:
            previous = _before(purchase.previous)
            rows = (
                previous.line_items or _before({"line_items": _old(purchase.diff)}).line_items or ()
            )
            lines = joined(
                rows, [line.item for line in purchase.lines or ()], "previous.line_items"
            )
        except MappingError:
            return []
        dates = self.created, min(previous.updated_at or purchase.changed, purchase.changed)
        return items(lines, dates, purchase.parameters, purchase.clock, self.memory, ())

    @once_property
    def currency(self) -> str | None:
        """The currency, or None if it is not known."""
        purchase = self.purchase
        found: str | None = first(
            purchase.hub.currency,
            purchase.original.currency,
            self.last and self.last["currency"],
            purchase.parameters.get("currency", "").strip().upper() or None,
            self.memory.get(CURRENCY),
        )
        return found

    def shared(self, date: str, *, is_cart: bool) -> Body:
        """Return the fields that cart and order-accepted events share, except the items.

        `date` is when the state began, which also dates a message without a date. Raise
        MappingError.
        """
        purchase = self.purchase
        return {
            "create_date": self.created,
            "change_date": purchase.changed if purchase.since else max(purchase.changed, date),
            **(self._amounts_of_cart if is_cart else self._amounts_of_order),
            "currency": self.currency or _LAST_RESORT,
            "customer": self.customer,
        }

    def warnings(self, *, is_cart: bool) -> Iterator[Warning]:
        """Yield all warnings, including those about amounts that do not add up."""
        purchase, sums = self.purchase, self._sums(is_cart=is_cart)
        yield from purchase.warnings
        if self.currency is None:
            yield Warning("currency", f"{purchase.name}.currency", {"currency": _LAST_RESORT})
        if doubt := sums.warning(f"{purchase.name}.totals"):
            yield doubt
        if purchase.lines is not None and (
            doubt := items_warning(sums, purchase.lines, purchase.name)
        ):
            yield doubt

    def facts(self) -> tuple[Fact, ...]:
        """Return the facts to remember from the message, except those already known."""
        purchase, customer = self.purchase, self.customer
        created = customers.created_of(customer.get("email"), self.memory)
        is_account = purchase.account is not None
        facts = customers.customer_facts(customer, created, is_account=is_account)
        news = (*facts, *self._facts())
        return tuple(fact for fact in news if self.memory.get(fact.key) != fact.value)

    def _facts(self) -> Iterator[Fact]:
        purchase = self.purchase
        if currency := first(purchase.hub.currency, purchase.original.currency):
            yield Fact(CURRENCY, purchase.changed, currency)
        for line in purchase.lines or ():
            if line.variant_id is not None and line.sku is not None:
                yield Fact(Key("variant", line.variant_id), purchase.changed, line.sku)

    def _sums(self, *, is_cart: bool) -> Sums:
        return self._sums_of_cart if is_cart else self._sums_of_order

    @once_property
    def _sums_of_cart(self) -> Sums:
        purchase = self.purchase
        if purchase.name == "order" and renderings_agree(purchase.hub, purchase.original):
            return self._sums_of_order
        return read_sums(
            purchase.hub, purchase.original, purchase.lines, self.last, hub_first=False
        )

    @once_property
    def _sums_of_order(self) -> Sums:
        purchase = self.purchase
        return read_sums(purchase.hub, purchase.original, purchase.lines, self.last, hub_first=True)

    @once_property
    def _amounts_of_order(self) -> Body:
        return self._sums_of_order.body(f"{self.purchase.name}.totals", is_cart=False)

    @once_property
    def _amounts_of_cart(self) -> Body:
        sums = self._sums_of_cart
        if sums is self._sums_of_order and sums.tax >= 0:
            return self._amounts_of_order
        return sums.body(f"{self.purchase.name}.totals", is_cart=True)


def _visited(rendering: Order, name: str) -> str | None:
    value: str | None = getattr(rendering, name)
    return None if value == "0" else value


def _before(previous: Any) -> Before:
    return refusals.read(Before, previous if isinstance(previous, dict) else {})[0]


def _old(diff: Any) -> Any:
    """Return the line items before an update, from a diff `{key of original: [old, new]}`."""
    lines = diff.get("line_items") if isinstance(diff, dict) else None
    return lines[0] if lines and isinstance(lines, list) else []
