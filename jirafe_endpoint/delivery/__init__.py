"""What happens to a message: claim, send, settle, reply."""
