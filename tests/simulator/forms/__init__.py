"""The forms of the messages that hubs send: which keys, of which types."""
