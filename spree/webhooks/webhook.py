"""A webhook as it arrived: which Spree sent it, what happened, and what identifies it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from spree.ids import record_id
from spree.payloads.fields import Record, record
from spree.webhooks.events import canonical
from spree.webhooks.signatures import TIMESTAMP_HEADER, lower


class Generation(StrEnum):
    """The versions of Spree between which webhooks changed."""

    BARE = "4.4"
    JSON_API = "4.5 to 5.2"
    FLAT = "5.3"
    V3 = "5.4 to 5.6"
    V3_CARTS = "6.0"

    @property
    def is_json_api(self) -> bool:
        """Whether the body is a JSON:API document."""
        return self in (Generation.BARE, Generation.JSON_API)


class WebhookError(Exception):
    """The body is no webhook of any Spree; the text says why."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook.

    `event` is the event's canonical name and `resource_id` the id of what it is about. `key` is the
    same for everything that says the same: a redelivery, an event sent twice, an alias. `time` is
    when it happened, as the shop wrote it; before Spree 5.3 no field is reliable for that.
    """

    generation: Generation
    event: str
    resource_id: str | None
    key: str
    time: str | None
    body: Record

    @property
    def data(self) -> Record:
        """The record that the event is about, as it was rendered."""
        return record(self.body.get("data"))


def read_webhook(headers: Mapping[str, str], body: bytes) -> Webhook:
    """Return the webhook of a request. Raise WebhookError if it is none."""
    try:
        envelope = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise WebhookError("The body is not valid JSON.") from None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("data"), dict):
        raise WebhookError("data: Missing data for required field.")
    generation = _generation(lower(headers), envelope)
    name = envelope.get("event_type" if generation.is_json_api else "name")
    if not isinstance(name, str) or not name:
        field = "event_type" if generation.is_json_api else "name"
        raise WebhookError(f"{field}: Missing data for required field.")
    event, identifier = canonical(name), record_id(envelope["data"].get("id"))
    created = envelope.get("created_at")
    time = created if not generation.is_json_api and isinstance(created, str) else None
    return Webhook(
        generation=generation,
        event=event,
        resource_id=identifier,
        key=f"{event}:{identifier or ''}{_version(event, envelope, time)}",
        time=time,
        body=envelope,
    )


def _generation(headers: Mapping[str, str], body: Record) -> Generation:
    """Return the generation by the form of the body; a 5.3 shop may still send the old one."""
    if "event_type" in body:
        return Generation.JSON_API if "included" in body else Generation.BARE
    version = str(record(body.get("metadata")).get("spree_version") or "")
    major = version.partition(".")[0]
    if major.isdecimal() and int(major[:4]) >= 6:
        return Generation.V3_CARTS
    is_flat = TIMESTAMP_HEADER not in headers and not isinstance(body["data"].get("id"), str)
    return Generation.FLAT if is_flat else Generation.V3


def _version(event: str, body: Record, time: str | None) -> str:
    """Return what distinguishes two changes of one record.

    An order is placed once, although 5.3 says so twice and a confirmation that is sent again
    does, too. It is canceled once at a time. Everything else is as old as its content.
    """
    if event == "order.placed":
        return ""
    canceled_at = _canceled_at(body) or time
    if event == "order.canceled" and canceled_at:
        return f":{canceled_at}"
    content = [body.get("data"), body.get("included"), time]
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return f":{hashlib.sha256(text).hexdigest()[:32]}"


def _canceled_at(body: Record) -> Any:
    data = record(body.get("data"))
    return record(data.get("attributes") or data).get("canceled_at")
