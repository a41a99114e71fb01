"""Processing of a message: claim, send, settle, reply."""
