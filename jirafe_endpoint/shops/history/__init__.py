"""Import a shop's history, and check whether it arrived."""
