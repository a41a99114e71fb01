"""Reads a Spree or Solidus shop: its webhooks and its APIs, as hub messages."""
