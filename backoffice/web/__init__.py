"""Routes, sign-in and filters of the pages; answers as a page, JSON or CSV."""
