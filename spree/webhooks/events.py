"""The events of shops by their names in Spree 5.3 and later, and what is sent for each."""

ORDER_EVENTS = {
    "order.placed": "order:new",
    "order.created": "order:updated",
    "order.updated": "order:updated",
    "order.paid": "order:updated",
    "order.shipped": "order:updated",
    "order.delivered": "order:updated",
    "order.approved": "order:updated",
    "order.resumed": "order:updated",
    "order.canceled": "order:canceled",
    "cart.created": "order:updated",
    "cart.updated": "order:updated",
}
"""Events with an order, and the type of its message; an order that is not placed is a cart."""

LINE_EVENTS = frozenset({"line_item.created", "line_item.updated", "line_item.deleted"})
"""The events for changes of a cart; the body has a line, with or without its order."""

PRODUCT_EVENTS = frozenset(
    f"product.{change}" for change in ("created", "updated", "activated", "archived", "drafted")
)
VARIANT_EVENTS = frozenset({"variant.created", "variant.updated"})
TAXON_EVENTS = frozenset({"taxon.created", "taxon.updated"})
CUSTOMER_EVENTS = frozenset({"user.created", "user.updated"})

EVENTS = (
    frozenset(ORDER_EVENTS)
    | LINE_EVENTS
    | PRODUCT_EVENTS
    | VARIANT_EVENTS
    | TAXON_EVENTS
    | CUSTOMER_EVENTS
)
"""All events that are used; subscribe a shop to these."""

_TENSES = {"create": "created", "update": "updated", "delete": "deleted"}  # Spree 4.4 to 5.2
_ALIASES = {
    "order.completed": "order.placed",  # up to 5.6; 6.0 sends both
    "order.fulfilled": "order.shipped",  # 6.0, which sends both
    "customer.created": "user.created",
    "customer.updated": "user.updated",
}


def canonical(name: str) -> str:
    """Return the name that an event has in Spree 5.3 and later."""
    kind, _, change = name.rpartition(".")
    modern = f"{kind}.{_TENSES.get(change, change)}"
    return _ALIASES.get(modern, modern)


def reason_to_ignore(event: str) -> str | None:
    """Return why nothing is sent for an event, or None if something may be."""
    if event in EVENTS:
        return None
    if event == "webhook.test":
        return "This is a test: the webhook works, and nothing is sent."
    if event.endswith(".deleted"):
        return "Deletions are not sent to Jirafe."
    return "Jirafe has no event for this: nothing is sent."
