"""Carts and orders: one purchase, at two stages."""
