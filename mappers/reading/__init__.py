"""Hub payloads as typed objects."""
