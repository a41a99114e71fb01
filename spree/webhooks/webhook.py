"""Read a webhook: the version of Spree that sent it, the event, and what identifies it."""

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
    """The generations of Spree's webhooks, by version."""

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
    """The body is not a webhook of any version of Spree; the text says why."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook.

    `event` is the event's canonical name and `resource_id` the id of its object. `key` is the same
    for webhooks that report the same: a redelivery, an event sent twice, an alias. `time` is when
    the event happened, as the shop wrote it; before Spree 5.3, no field is reliable for that.
    """

    generation: Generation
    event: str
    resource_id: str | None
    key: str
    time: str | None
    body: Record

    @property
    def data(self) -> Record:
        """The event's record, as it was sent."""
        return record(self.body.get("data"))


def read_webhook(headers: Mapping[str, str], body: bytes) -> Webhook:
    """Return the webhook in a request. Raise WebhookError if there is none."""
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
    """Return the generation by the format of the body; 5.3 can still send the old one."""
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

    An order is placed once, although 5.3 reports it twice and a repeated confirmation does so
    again. A cancellation is identified by its time, and any other change by its content.
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
