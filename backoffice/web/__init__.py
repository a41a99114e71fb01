"""HTTP in: routes, sign-in, the filters of a page, answers as a page, JSON or CSV."""
