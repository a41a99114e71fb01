"""The API's own description: schemas, OpenAPI, and a page to try calls."""
