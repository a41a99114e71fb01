"""What the API stores: events, sites and tokens, latest states, retention, forgetting."""
