"""What the API serves from its own files: the same for everybody, so that caches may keep it."""

from flask import Response, request


def cached(content: bytes, media: str) -> Response:
    """An answer that caches may keep for an hour, and then ask for by its hash."""
    response = Response(content, mimetype=media)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.cache_control.public = True
    response.cache_control.max_age = 3600
    response.add_etag()
    response.make_conditional(request)
    return response


def for_everybody(content: bytes, media: str) -> Response:
    """The same, which the pages of every origin may read and load."""
    response = cached(content, media)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
