"""What each report contains: its figures and tables."""
