"""Webhooks of Spree 4.4 to 6.0: signatures, events, and their translation to hub messages."""
