"""Map cart messages, and the carts of orders, to cart events."""

from msgspec import Struct

from mappers import customers
from mappers.events import Event, Fact, Key, Mapped, Memory, present, unique
from mappers.problems import limited
from mappers.purchases.completed import Completed
from mappers.purchases.items import cart_items
from mappers.purchases.purchase import Purchase


class CartDraft(Struct, frozen=True, gc=False):
    """A cart message, or a message about an order that was never completed."""

    purchase: Purchase

    @property
    def locks(self) -> tuple[Key, ...]:
        """The cart."""
        return (key(self.purchase),)

    @property
    def recalls(self) -> tuple[Key, ...]:
        """The cart, its buyer and its products."""
        return unique((*self.locks, *self.purchase.recalls()))

    def events(self, memory: Memory) -> Mapped:
        """Return the cart event."""
        sent = memory.get(key(self.purchase))
        completed = Completed(self.purchase, memory, sent and sent["body"])
        event = cart_event(completed)
        warnings = self.purchase.warnings if event.is_outdated else completed.warnings(is_cart=True)
        return Mapped([event], limited(warnings), completed.facts())


def key(purchase: Purchase) -> Key:
    """Return the key of a cart, or of the cart of an order.

    An order's cart is also remembered by the order's number, for messages without the cart's.
    """
    return Key("cart", purchase.cart_id or purchase.number)


def cart_event(completed: Completed) -> Event:
    """Return the cart event of a cart or of an order."""
    its_key, since = Key("cart", completed.cart_id), completed.purchase.since
    sent = completed.memory.get(key(completed.purchase))
    last_date = sent["date"] if sent else ""
    date = since or max(completed.purchase.changed, last_date)
    body = present(
        {
            "id": its_key.name,
            **completed.shared(date, is_cart=True),
            "items": cart_items(completed.items),
            "visit": completed.visit,
        }
    )
    keys = unique((its_key, Key("cart", completed.purchase.number)))
    value, people = {"date": date, "body": body}, customers.people(completed.customer)
    facts = tuple(Fact(each, date, value, people) for each in keys)
    last = sent and sent["body"]  # null if an earlier version of the service stored it
    previous = last["items"] if last else cart_items(completed.previous_items)
    is_outdated = since is not None and since < last_date
    return Event("cart", {**body, "previous_items": previous}, facts, its_key, is_outdated)
