"""HTTP in: what the hub calls."""
