"""Webhooks of Spree 4.4 to 6.0: signatures, events, and the hub messages that they amount to."""
