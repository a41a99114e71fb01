"""Questions, and the sums that answer them. Nothing here reads events."""
