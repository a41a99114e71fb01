"""Read lines of a file: hub messages, and orders in the form of a shop's API or hub connector."""

import hashlib
from collections.abc import Callable
from typing import Any

import orjson

from spree.messages import HubMessage, purchase_message
from spree.payloads import platform, v1, v3
from spree.payloads.fields import Record, record
from spree.payloads.json_api import Document
from spree.push import PushError, pushed_messages


class LineError(Exception):
    """A line is neither a hub message nor an order; the text says why."""


def read_line(line: bytes) -> list[HubMessage]:
    """Return the hub messages in a line. Raise LineError.

    A line is a hub message of version 5 (`message`, `payload`) or 6 (`order` or `cart`), a push of
    a hub connector (`orders`), or an order from the API v1, Platform API v2, Admin API v3 or
    Solidus, alone or within the API's answer.
    """
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise LineError(f"not valid JSON: {error.msg}") from None
    if not isinstance(value, dict):
        raise LineError("not a JSON object")
    if "message" in value:
        return [_hub_message(value)]
    orders = _orders(value)
    if orders is not None:
        return [_purchase(order) for order in orders]
    return _pushed(value)


def _hub_message(value: Record) -> HubMessage:
    kind, payload = value["message"], value.get("payload")
    if not isinstance(kind, str):
        raise LineError("message: Not a valid string.")
    if not isinstance(payload, dict):
        raise LineError("payload: Not a valid object.")
    identifier = value.get("message_id")
    if isinstance(identifier, bool) or not isinstance(identifier, str | int | None):
        raise LineError("message_id: Not a valid string.")
    if identifier in (None, ""):  # made from the content, so that a second run sends nothing
        content = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        identifier = f"line:{hashlib.sha256(content).hexdigest()[:32]}"
    return HubMessage(kind, str(identifier), payload)


def _orders(value: Record) -> list[Record] | None:
    """Return the orders in an API's answer, or None if it is not one."""
    data = value.get("data")
    if isinstance(data, dict | list) and data:
        rows = data if isinstance(data, list) else [data]
        if all(record(one).get("type") == "order" for one in rows):
            return [platform.order(one) for one in Document(value).data]
        if all(_is_v3(record(one)) for one in rows):
            return [v3.order(one) for one in rows]
    if _is_v3(value):
        return [v3.order(value)]
    return [v1.order(value)] if {"number", "item_total", "line_items"} <= value.keys() else None


def _is_v3(value: Record) -> bool:
    return {"number", "items", "item_total"} <= value.keys()


def _purchase(order: Record) -> HubMessage:
    message = purchase_message("", order)
    # The same id as if the order had been read from the API, so that it is sent only once.
    return HubMessage(message.type, f"read:{message.type}", message.payload)


def _pushed(value: Record) -> list[HubMessage]:
    alone: dict[str, Callable[[Any], Record]] = {
        "order": lambda one: {"orders": [one]},
        "cart": lambda one: {"carts": [one]},
    }
    known = next((wrap(value[name]) for name, wrap in alone.items() if name in value), value)
    if {"id", "totals", "line_items"} <= value.keys():
        known = {"orders": [value]}
    try:
        messages = pushed_messages(known)
    except PushError:
        raise LineError("neither a hub message nor an order") from None
    if not messages:
        raise LineError("neither a hub message nor an order")
    return messages
