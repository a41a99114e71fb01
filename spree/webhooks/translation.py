"""Translate a webhook to a hub message, and find out what its body lacks."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from spree.messages import (
    HubMessage,
    customer_message,
    is_canceled,
    is_order,
    missing_from_order,
    product_message,
    purchase_message,
    skus,
    taxon_message,
)
from spree.payloads import flat, platform, v3
from spree.payloads.fields import Record
from spree.payloads.json_api import Document, Resource
from spree.webhooks.events import (
    CUSTOMER_EVENTS,
    LINE_EVENTS,
    ORDER_EVENTS,
    PRODUCT_EVENTS,
    TAXON_EVENTS,
    VARIANT_EVENTS,
    reason_to_ignore,
)
from spree.webhooks.webhook import Generation, Webhook


class Lookup(NamedTuple):
    """An object to read from the shop's API: an order by number or id, a product by id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Translation:
    """The translation of a webhook.

    `message` is made from the body alone; if it is None, `ignored` says why. `missing` lists the
    fields that only the shop's API has: read `lookup` there, and send the message that
    `translate_lookup` returns. `skus` map variant ids to SKUs, to remember for lines without one.
    `about` is the same for all webhooks about one record, such as "order 4001".
    """

    message: HubMessage | None = None
    lookup: Lookup | None = None
    missing: tuple[str, ...] = ()
    skus: dict[str, str] = field(default_factory=dict)
    ignored: str | None = None
    about: str = ""


def translate(webhook: Webhook) -> Translation:
    """Return the translation of a webhook. Nothing that a shop can send makes it raise."""
    translation = _translation(webhook)
    kind, _, _ = webhook.event.partition(".")
    return replace(translation, about=translation.about or f"{kind} {webhook.resource_id or ''}")


def _translation(webhook: Webhook) -> Translation:
    event = webhook.event
    if event in ORDER_EVENTS:
        return _purchase(webhook, _order(webhook))
    if event in LINE_EVENTS:
        return _line(webhook)
    if event in PRODUCT_EVENTS:
        return _product(webhook)
    if event in VARIANT_EVENTS:
        return _variant(webhook)
    if event in TAXON_EVENTS and webhook.generation.is_json_api:
        return Translation(taxon_message(webhook.key, platform.taxon(_resource(webhook))))
    if event in CUSTOMER_EVENTS and not webhook.generation.is_json_api:
        return Translation(customer_message(webhook.key, _customer(webhook)))
    reason = reason_to_ignore(event) or "This version of Spree has no such event."
    return Translation(ignored=reason)


def translate_lookup(webhook: Webhook, found: Record) -> HubMessage | None:
    """Return the message about the order or product that was read for a webhook.

    The record may be newer than the event, for example if an order was resumed since. Return None
    if it is older, because Spree sends events before it commits; read it again later then.
    """
    if webhook.event in PRODUCT_EVENTS | VARIANT_EVENTS:
        return product_message(webhook.key, found)
    if webhook.event in ORDER_EVENTS and _is_older(found, _order(webhook)):
        return None
    if webhook.event == "order.resumed" and not is_canceled(found):
        found = {**found, "state": "resumed"}
    message = _event(webhook.event, found)
    if message == "order:canceled" and not is_canceled(found):
        message = "order:updated"
    return purchase_message(webhook.key, found, message)


def _is_older(found: Record, order: Record) -> bool:
    """Whether the shop's API still has an older state of the order than the webhook."""
    if is_order(order) and not is_order(found):
        return True
    if is_canceled(order) == is_canceled(found):
        return False
    try:
        times = [datetime.fromisoformat(one["updated_at"]) for one in (found, order)]
        return times[0] < times[1]
    except (KeyError, TypeError, ValueError):
        return False


def _purchase(webhook: Webhook, order: Record) -> Translation:
    number = order.get("number")
    reference = number if isinstance(number, str) and number else webhook.resource_id
    is_readable = not webhook.event.startswith("cart.")  # no API returns the carts of 6.0
    return Translation(
        message=purchase_message(webhook.key, order, _event(webhook.event, order)),
        lookup=Lookup("order", reference) if reference and is_readable else None,
        missing=missing_from_order(order),
        skus=skus(order),
    )


def _event(event: str, order: Record) -> str:
    """Return the type of message about an order. Staff can create orders that are placed."""
    if event == "order.created" and is_order(order):
        return "order:new"
    return ORDER_EVENTS.get(event, "order:updated")


def _order(webhook: Webhook) -> Record:
    """Return the order in the state after its event."""
    if webhook.generation.is_json_api:
        return _canceled_when_updated(platform.order(_resource(webhook)), webhook.event)
    if webhook.generation is Generation.FLAT:
        return flat.order(webhook.data)
    return _dated(v3.order(webhook.data), webhook)


def _canceled_when_updated(order: Record, event: str) -> Record:
    """Return the order with the time of its cancellation, which 4.x stores after the event."""
    date = {"canceled_at": order["updated_at"]} if "updated_at" in order else {}
    return {**date, **order} if event == "order.canceled" else order


def _dated(order: Record, webhook: Webhook) -> Record:
    """Return the order with the state and dates from the event, the only source from 5.4 on."""
    event_states = {"order.canceled": "canceled", "order.resumed": "resumed"}
    state = event_states.get(webhook.event) or order.get("state")
    dated = {
        "updated_at": True,
        "canceled_at": webhook.event == "order.canceled",
        "created_at": webhook.event in ("order.created", "cart.created"),
    }
    return {
        **{name: webhook.time for name, is_then in dated.items() if is_then and webhook.time},
        **order,
        "state": state or ("complete" if is_order(order) else "cart"),
    }


def _line(webhook: Webhook) -> Translation:
    """Return the cart of a changed line; from 5.4 on, the body does not name it."""
    if webhook.generation.is_json_api:
        line = _resource(webhook)
        purchase = line.one("order")
        if purchase and purchase.attributes:
            return _included_order(webhook, line, purchase)
        order_id = purchase.id if purchase else None
    else:
        order_id = flat.line_order_id(webhook.data)
    if not order_id:
        return Translation(ignored="The line does not name its order: nothing is sent.")
    return Translation(
        lookup=Lookup("order", order_id),
        missing=("order",),
        ignored="The body has no order, only its id: nothing is sent without the API.",
        about=f"order {order_id}",
    )


def _included_order(webhook: Webhook, line: Resource, purchase: Resource) -> Translation:
    order = platform.order(purchase)
    if webhook.event == "line_item.deleted":
        order.pop("line_items", None)  # the order still lists the line
    sold = line.one("variant")
    more = skus(platform.variant(sold)) if sold and sold.attributes else {}
    translation = _purchase(webhook, order)
    return replace(translation, skus={**translation.skus, **more}, about=f"order {purchase.id}")


def _product(webhook: Webhook) -> Translation:
    """Return a product if the body has its variants with SKUs, or else only its lookup."""
    product = platform.product(_resource(webhook)) if webhook.generation.is_json_api else {}
    known = skus(product)
    is_whole = "variants" in product and "master" in product
    lookup = Lookup("product", webhook.resource_id) if webhook.resource_id else None
    if not (known and is_whole):
        return _to_be_read(lookup)
    needs = ("variants.option_values",) if product["variants"] else ()
    message = product_message(webhook.key, product)
    return Translation(message, lookup, needs, known)


def _variant(webhook: Webhook) -> Translation:
    """Return the lookup of a variant's product, and the SKU to remember."""
    if webhook.generation.is_json_api:
        variant = platform.variant(_resource(webhook))
    elif webhook.generation is Generation.FLAT:
        variant = flat.variant(webhook.data)
    else:
        variant = v3.variant(webhook.data)
    product_id = variant.get("product_id")
    return _to_be_read(Lookup("product", product_id) if product_id else None, skus(variant))


def _to_be_read(lookup: Lookup | None, known: dict[str, str] | None = None) -> Translation:
    return Translation(
        lookup=lookup,
        missing=("product.variants",),
        skus=known or {},
        ignored="The body has no SKU: nothing is sent without the API.",
        about=f"{lookup.kind} {lookup.id}" if lookup else "",
    )


def _customer(webhook: Webhook) -> Record:
    """Return the customer; from 5.4 on, the only date is the event's."""
    if webhook.generation is Generation.FLAT:
        return flat.customer(webhook.data)
    names = ("created_at", "updated_at") if webhook.event == "user.created" else ("updated_at",)
    dates = dict.fromkeys(names, webhook.time) if webhook.time else {}
    return {**dates, **v3.customer(webhook.data)}


def _resource(webhook: Webhook) -> Resource:
    resources = Document(webhook.body).data
    return resources[0] if resources else Resource(Document({}), {})
