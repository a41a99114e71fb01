"""The hub's wire formats: envelopes in, notifications and replies out."""
