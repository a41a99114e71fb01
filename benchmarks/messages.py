"""Hub messages like those in fixtures/, each with a different message_id and number."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[1] / "fixtures"
DIGITS = 9


@dataclass(frozen=True)
class Kind:
    """A message type: its fixture, its path, and the payload key of its object."""

    type: str
    fixture: str
    path: str
    subject: str

    @cached_property
    def envelope(self) -> dict[str, Any]:
        """The fixture."""
        envelope: dict[str, Any] = json.loads((FIXTURES / f"{self.fixture}.json").read_text())
        return envelope

    @cached_property
    def parts(self) -> list[str]:
        """The message as sent, split at its own nine digits."""
        text = json.dumps(self.envelope, separators=(",", ":"))
        number = self.envelope["payload"][self.subject]["number"]
        message_id = self.envelope["message_id"]
        for value in (number, message_id):
            text = text.replace(f'"{value}"', f'"{value[:-DIGITS]}\0"')
        return text.split("\0")

    def body(self, serial: int) -> bytes:
        """Return the message with this number."""
        return f"{serial:0{DIGITS}}".join(self.parts).encode()

    def with_items(self, count: int) -> bytes:
        """Return the message with `count` items, each of a different variant."""
        envelope = json.loads(json.dumps(self.envelope))
        for rendering in (self.subject, "original"):
            purchase = envelope["payload"][rendering]
            lines = [json.dumps(line) for line in purchase["line_items"]]
            purchase["line_items"] = [
                _line(json.loads(lines[place % len(lines)]), place) for place in range(count)
            ]
        return json.dumps(envelope, separators=(",", ":")).encode()


def _line(line: dict[str, Any], place: int) -> dict[str, Any]:
    """Return a line item with a variant that no other one has."""
    own = {"variant_id": 10_000 + place, "id": 50_000 + place, "sku": f"SKU-{place}"}
    line |= {key: value for key, value in own.items() if key in line}
    if "variant" in line:
        line["variant"] |= {"id": own["variant_id"], "sku": own["sku"]}
    return line


ORDER = Kind("order:new", "order_new", "/import_new_order", "order")
CART = Kind("cart:new", "cart_new", "/import_cart", "cart")
KINDS = {kind.type: kind for kind in (ORDER, CART)}
