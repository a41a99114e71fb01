"""Prepare reports for the templates, in a shop's formats: cards, charts and statements."""
