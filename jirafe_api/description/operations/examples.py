"""What the description shows: events that the API accepts."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[1] / "examples"

EXAMPLES: dict[str, Any] = {
    file.relative_to(_FOLDER).as_posix().removesuffix(".json"): json.loads(file.read_text())
    for file in sorted(_FOLDER.rglob("*.json"))
}
"""A valid event, batch or wrapper for each schema of one, by the schema's name."""
