"""The formats in which the APIs and webhooks of Spree show a shop."""
