"""Read a shop's whole history, or its changes, and send it page by page.

It can be killed at any point: the next run continues with the unfinished page, and sends nothing
twice.
"""

from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from threading import Event

from tenacity import (
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_delay,
    stop_any,
    stop_when_event_set,
    wait_random_exponential,
)

from jirafe_endpoint.errors import TryAgainError
from jirafe_endpoint.shops.history.imports import Import, Imports, Report
from spree.api.connection import Limits
from spree.api.paging import Page
from spree.api.shop import Sales, Shop
from spree.messages import (
    HubMessage,
    customer_message,
    is_order,
    product_message,
    purchase_message,
    taxon_message,
)
from spree.payloads.fields import Record

LISTS = ("taxons", "products", "customers", "orders")
"""The lists in the order in which they are read: products come before the orders of them."""

GENTLY = Limits(interval=0.1)
"""The limits for reading pages: at most ten requests a second."""

AT_ONCE = 16
"""The number of messages sent at once; they share transactions and posts to Jirafe."""

_LONGEST_TRIAL = 600.0  # seconds for one message that cannot be sent now

_MESSAGES = {
    "taxons": taxon_message,
    "products": product_message,
    "customers": customer_message,
    "orders": purchase_message,
}

Send = Callable[[HubMessage], str | None]
"""Sends a message and returns the outcome, or None if the shop does not want it sent."""


def run(
    api: Shop, imports: Imports, current: Import, send: Send, stopping: Event | None = None
) -> Generator[Import]:
    """Import a list from where it was interrupted, and yield the progress after each page.

    Once `stopping` is set, messages are not retried. Raise ShopError if the shop cannot be read,
    an EndpointError if nothing can be sent, TakenOverError if another process has taken over.
    """
    send_one = partial(patiently, send, stopping or Event())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while current.finished_at is None:
            page = _page(api, current)
            messages = [_message(current.list, record) for record in page.records]
            outcomes = pool.map(send_one, messages)
            counted = Counter(outcome or "left_out" for outcome in outcomes)
            report = Report(
                current.report.outcomes + counted,
                _with_sales(current.report.sales, current.list, page.records),
            )
            current = imports.proceed(current, page.cursor, report)
            yield replace(current, left=page.pages_left * len(page.records))


def _page(api: Shop, current: Import) -> Page:
    if current.list == "orders":
        return api.orders(current.since, current.cursor)
    page: Page = getattr(api, current.list)(current.cursor)
    return page


def _message(name: str, record: Record) -> HubMessage:
    message = _MESSAGES[name]("", record)
    # The same id as if a webhook had led to the reading, so that the content is sent only once.
    return HubMessage(message.type, f"read:{message.type}", message.payload)


def patiently(send: Send, stopping: Event, message: HubMessage) -> str | None:
    """Send a message, with retries for ten minutes, and return the outcome."""
    retrying = Retrying(
        retry=retry_if_exception_type(TryAgainError),
        wait=wait_random_exponential(multiplier=1, max=60),
        stop=stop_any(stop_after_delay(_LONGEST_TRIAL), stop_when_event_set(stopping)),
        sleep=sleep_using_event(stopping),
        reraise=True,
    )
    outcome: str | None = retrying(send, message)
    return outcome


def _with_sales(
    sales: dict[tuple[str, str], Sales], name: str, records: list[Record]
) -> dict[tuple[str, str], Sales]:
    """Return the sales with the records added, if these are orders."""
    summed = dict(sales)
    for order in records if name == "orders" else []:
        month = _month(order)
        if month:
            key = (month, str(order.get("currency")))
            summed[key] = summed.get(key, Sales()).with_order(order)
    return summed


def _month(order: Record) -> str | None:
    """Return the month in which an order was completed, in UTC, or None for a cart."""
    try:
        completed = datetime.fromisoformat(str(order["completed_at"])) if is_order(order) else None
    except ValueError:
        return None
    return f"{completed.astimezone(UTC):%Y-%m}" if completed else None
