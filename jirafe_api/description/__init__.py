"""The API's description: schemas, OpenAPI, and a page to try calls."""
