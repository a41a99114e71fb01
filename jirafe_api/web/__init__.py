"""The HTTP interface of the API."""
