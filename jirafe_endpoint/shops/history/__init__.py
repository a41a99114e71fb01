"""Imports of a shop's history, and whether it arrived."""
