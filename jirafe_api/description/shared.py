"""Shared parts of the operations in the description."""

import json
from pathlib import Path
from typing import Any

from jirafe_api.contract.json_schemas import Schema
from jirafe_api.credentials import SITE
from jirafe_api.description.openapi import Described, content
from jirafe_api.errors import (
    BadEncoding,
    BadJson,
    GzipRefused,
    InvalidToken,
    NotAuthorized,
    RateLimited,
    Refused,
    TooLarge,
)
from jirafe_api.web.bodies import RETRY_AFTER

NAME: Schema = {"type": "string", "pattern": f"^{SITE.pattern}$"}
"""The format of a site's name in a path."""

SUCCESS: Described = {
    "type": "object",
    "required": ["success"],
    "properties": {"success": {"const": True}},
    "additionalProperties": False,
}
STORED: Described = content(SUCCESS, {"stored": {"success": True}})
"""The answer to an event that was stored."""

TOKEN: tuple[Refused, ...] = (InvalidToken(), NotAuthorized())
"""The refusals of an operation that needs a token of the site."""

BODY: tuple[Refused, ...] = (BadJson(), TooLarge(), BadEncoding(), RateLimited(RETRY_AFTER))
"""The refusals of an operation that accepts a body from a client."""

BROWSER: tuple[Refused, ...] = (BadJson(), GzipRefused(), NotAuthorized(), RateLimited(60))
"""The refusals of an operation that accepts a body from a browser."""

_FOLDER = Path(__file__).parent / "examples"

EXAMPLES: dict[str, Any] = {
    file.relative_to(_FOLDER).as_posix().removesuffix(".json"): json.loads(file.read_text())
    for file in sorted(_FOLDER.rglob("*.json"))
}
"""A valid event, batch or wrapper for each schema, by the schema's name."""
