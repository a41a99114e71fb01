"""A shop to test with: in memory, seen through each API and each generation's webhooks."""
