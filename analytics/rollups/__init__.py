"""Daily rollups: each day's sums, made anew from the facts whenever one of them changed."""
