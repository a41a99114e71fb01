"""What the forms are made of: types, and the schemas of objects and lists."""

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
FILLED: dict[str, Any] = {"type": "string", "minLength": 1}
MAYBE_TEXT: dict[str, Any] = {"type": ["string", "null"]}
NUMBER: dict[str, Any] = {"type": "number"}
WHOLE: dict[str, Any] = {"type": "integer"}
AMOUNT: dict[str, Any] = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
DATE: dict[str, Any] = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
}
MAYBE_DATE: dict[str, Any] = {"anyOf": [DATE, {"enum": ["", None]}]}
FLAG: dict[str, Any] = {"type": "boolean"}
TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": TEXT}
STATE: dict[str, Any] = {
    "pattern": "(?i)^(cart|address|delivery|payment|confirm|complete|canceled|resumed|"
    "awaiting_return|returned)$"
}


def form(optional: dict[str, Any] | None = None, /, **required: Any) -> dict[str, Any]:
    """Return the schema of an object with these keys and no others."""
    return {
        "type": "object",
        "properties": {**(optional or {}), **required},
        "required": list(required),
        "additionalProperties": False,
    }


def some(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": schema}


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of something that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


NAMED = dict.fromkeys(
    ("firstname", "lastname", "address1", "address2", "city", "zipcode", "phone"), TEXT
)
VISIT = dict.fromkeys(("visit_id", "visitor_id", "pageview_id", "last_pageview_id"), FILLED)
