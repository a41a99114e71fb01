"""A made-up shop: its catalog, customers, visits, carts and orders, in exact amounts."""
