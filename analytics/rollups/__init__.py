"""Daily rollups: each day's sums, recomputed from the facts when one of them changes."""
