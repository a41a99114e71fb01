"""Measurements of single functions, in this process."""
