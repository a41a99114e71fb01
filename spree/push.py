"""Read pushes of a shop's hub connector (spree_wombat, solidus_flowlink): records in bulk.

The gem posts `{"orders": [...]}` in the format of the hub's version 6, without message types and
ids. It accepts only status 202 as success, and repeats the push after any other.
"""

import hashlib

import orjson

from spree.messages import HubMessage
from spree.payloads.fields import Record, rows

_MESSAGES = {
    "orders": ("order", "order:new"),
    "carts": ("cart", "cart:updated"),
    "products": ("product", "product:updated"),
    "taxons": ("taxon", "taxon:updated"),
    "customers": ("customer", "customer:updated"),
    "users": ("customer", "customer:updated"),
}
"""The payload key and the type of the hub message about each kind of record."""


class PushError(Exception):
    """The body is not a push; the text says why."""


def read_push(body: bytes) -> list[HubMessage]:
    """Return the hub messages in a push, in its order. Raise PushError if it is not one.

    Orders are announced as new even if they were sent before. A cart among the orders, which has
    an empty `placed_on`, becomes a cart message.
    """
    try:
        pushed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise PushError("The body is not valid JSON.") from None
    if not isinstance(pushed, dict):
        raise PushError("The body is not a JSON object.")
    return pushed_messages(pushed)


def pushed_messages(pushed: Record) -> list[HubMessage]:
    """Return the hub messages in a parsed push. Raise PushError if it is not one."""
    known = [name for name in _MESSAGES if name in pushed]
    if not known:
        raise PushError(f"The body has none of: {', '.join(_MESSAGES)}.")
    return [message for name in known for message in _messages(name, pushed[name])]


def _messages(name: str, records: object) -> list[HubMessage]:
    found = rows(records)
    if found is None:
        raise PushError(f"{name}: Not a valid list.")
    return [_message(*_MESSAGES[name], one) for one in found]


def _message(kind: str, event: str, record: Record) -> HubMessage:
    if kind == "order" and not record.get("placed_on"):
        kind, event = "cart", "cart:updated"
    content = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(content).hexdigest()[:32]
    return HubMessage(event, f"{kind}.pushed:{digest}", {kind: record})
