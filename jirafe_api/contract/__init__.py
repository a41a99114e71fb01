"""Define which events the API accepts: kinds, JSON Schemas, validation."""
