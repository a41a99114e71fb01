"""What operations that keep events have in common."""

from jirafe_api.credentials import SITE
from jirafe_api.description.draft_2020 import Schema
from jirafe_api.description.openapi import Described, content

NAME: Schema = {"type": "string", "pattern": f"^{SITE.pattern}$"}
"""The form of a site's name in a path."""

SUCCESS: Described = {
    "type": "object",
    "required": ["success"],
    "properties": {"success": {"const": True}},
    "additionalProperties": False,
}
KEPT: Described = content(SUCCESS, {"kept": {"success": True}})
"""The answer to what is kept."""
