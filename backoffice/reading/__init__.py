"""Reading figures for a page: up to date, and without delaying other requests."""
