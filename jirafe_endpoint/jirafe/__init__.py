"""HTTP out: the Jirafe Events API."""
