"""Version 1 of the Jirafe Events API: its own words in, kept beside those of version 2."""
