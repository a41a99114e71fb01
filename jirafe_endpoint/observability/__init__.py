"""Logs, metrics, readiness and error reports."""
