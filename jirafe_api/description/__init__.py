"""The API describes itself: schemas, OpenAPI, and a page to try calls."""
