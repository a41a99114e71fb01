"""The trackers: events from the pages of shops, without a token and within limits."""
