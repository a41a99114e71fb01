"""Storage of the API: events, sites and tokens, latest states, retention, forgetting."""
