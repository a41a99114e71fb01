"""Sales analytics: facts made from the event feed, daily rollups, and the figures read from them.

feed ──▶ facts (one row per order, cart, visit …) ──▶ rollups (sums per day) ──▶ figures
"""
