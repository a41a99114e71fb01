"""Measurements of running servers under load from wrk."""
