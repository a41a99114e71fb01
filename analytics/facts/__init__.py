"""Facts: one row per order, cart, visit, product and customer, made from events."""
