"""Delivery of events to the Jirafe Events API."""
