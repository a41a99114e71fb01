"""Read a Spree or Solidus shop: turn its webhooks and API records into hub messages."""
