"""Process a message: claim it, send its events, store the result, and reply."""
