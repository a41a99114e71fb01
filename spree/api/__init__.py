"""Clients for the APIs of shops, one for each kind of shop."""
