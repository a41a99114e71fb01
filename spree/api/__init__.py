"""Clients of the APIs that a shop is read by: one for each kind of shop."""
