"""The pages for people: sign-in and dashboard."""
