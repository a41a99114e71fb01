"""Fold events into facts, and mark the days whose sums have to be recomputed."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Table

from analytics.facts import rows
from analytics.facts.carts import cart_after, cart_key, new_cart
from analytics.facts.catalog import fold_costs, fold_names
from analytics.facts.customers import recounting
from analytics.facts.links import link
from analytics.facts.orders import (
    ACCEPTED,
    change_of,
    items_of,
    new_order,
    order_after,
    order_number,
)
from analytics.facts.products import Named, categories_of, codes_of, names_in
from analytics.facts.values import Reader, Row, identity, objects, section, version
from analytics.facts.visits import KINDS, new_visit, search_in, seen_in, visit_after, visit_key
from analytics.feed import FeedEvent
from analytics.money import AmountError
from analytics.sites import ensure_site
from analytics.tables import (
    CARTS,
    CHANNEL,
    DIRTY_DAYS,
    ORDER_CHANGES,
    ORDER_ITEM_CATEGORIES,
    ORDER_ITEMS,
    ORDERS,
    SEARCHES,
    VISIT_PRODUCTS,
    VISITS,
)

logger = logging.getLogger(__name__)

_NAMING = ("order", "cart", "product", "category")


_LINKED = ((VISITS, "visit_id"), (SEARCHES, "visit_id"), (CARTS, "cart_id"))
"""The facts whose sums depend on orders, by the column that links them."""


def fold(connection: Connection, events: Iterable[FeedEvent]) -> int:
    """Fold events of any sites into the facts; return how many could not be counted."""
    by_site: defaultdict[str, list[FeedEvent]] = defaultdict(list)
    for event in events:
        by_site[event.site].append(event)
    return sum(
        _SiteFold(connection, Reader(ensure_site(connection, site))).run(its)
        for site, its in sorted(by_site.items())
    )


def _keep_search(searches: dict[tuple[str, str], Row], search: Row) -> None:
    """Merge a search of a visit into an earlier one with the same term."""
    key = search["visit_id"], search["term"]
    if other := searches.get(key):
        first = min(other, search, key=lambda one: one["searched_at"])
        either = other["found_nothing"] or search["found_nothing"]
        search = first | {"found_nothing": either}
    searches[key] = search


def _codes_in(event: FeedEvent) -> set[tuple[str, str]]:
    """Return the (kind, code) pairs of everything in a cart, with the kinds of pageviews."""
    codes = set()
    for item in objects(event.event, "items"):
        product = section(item, "product") or item  # version 1 has no nested object
        codes |= {("product", code) for code in codes_of(product) if code}
        codes |= {("category", category) for category in categories_of(product)}
    return codes


def mark_dirty(connection: Connection, site: str, days: Iterable[date]) -> None:
    """Mark days of a site for recomputing their sums."""
    rows.write(connection, DIRTY_DAYS, [{"site": site, "day": day} for day in sorted(days)])


class _Change(NamedTuple):
    """A row before (None if it is new) and after some events."""

    before: Row | None
    after: Row

    def both(self, column: str) -> set[str]:
        """Return the old and the new value of a column, without empty ones."""
        return {row[column] for row in self if row and row[column]}


def _is_moved(change: _Change) -> bool:
    """Return whether orders and carts of a visit now count under another channel."""
    before, after = change
    return before is None or any(before[name] != after[name] for name in CHANNEL)


class _SiteFold:
    """Folds one batch of events of one site."""

    def __init__(self, connection: Connection, read: Reader) -> None:
        self._connection = connection
        self._read = read
        self._site = read.site.site
        self._dirty: set[date] = set()
        self._skipped: set[int] = set()
        self._linked: dict[str, set[str]] = {"visit_id": set(), "cart_id": set()}

    def run(self, events: Sequence[FeedEvent]) -> int:
        by_kind: defaultdict[str, list[FeedEvent]] = defaultdict(list)
        for event in events:
            by_kind["browser" if event.kind in KINDS else event.kind].append(event)
        self._fold_visits(by_kind["browser"])
        self._fold_carts(by_kind["cart"])
        self._fold_orders(by_kind["order"])
        link(self._connection, self._site, self._linked["visit_id"], self._linked["cart_id"])
        self._dirty |= fold_costs(self._connection, by_kind["product.cost"], self._read, self._skip)
        named = [event for kind in _NAMING for event in by_kind[kind]]
        versions = [(event, version(event)) for event in named]
        self._name([(one, own) for event, own in versions for one in names_in(event)])
        mark_dirty(self._connection, self._site, self._dirty)
        return len(self._skipped)

    def _fold_visits(self, events: Sequence[FeedEvent]) -> None:
        changes = self._changes(VISITS, visit_key, new_visit, visit_after, events)
        self._write(VISITS, changes)
        visits = {change.after["visit_id"] for change in changes if _is_moved(change)}
        self._touch_days_of(ORDERS, "visit_id", visits)
        self._touch_days_of(CARTS, "visit_id", visits)
        seen: dict[tuple[str, ...], Row] = {}
        searches: dict[tuple[str, str], Row] = {}
        names: dict[tuple[str, str], str] = {}
        for event in events:
            if event.kind != "pageview" or not (visit := visit_key(event)):
                continue
            for key, name in seen_in(event).items():
                seen[(visit, *key)] = self._visit_product(visit, key, "was_seen")
                names[key] = max(name, names.get(key, ""))
            if search := search_in(event, self._read):
                _keep_search(searches, search | {"site": self._site})
        rows.write(self._connection, VISIT_PRODUCTS, seen.values())
        self._write_searches(searches)
        # Anybody can send pageviews, so their names are used only until the shop sends its own.
        self._name([(Named(*key, name), "") for key, name in names.items()])

    def _write_searches(self, searches: Mapping[tuple[str, str], Row]) -> None:
        """Store searches; an earlier one with the same term moves a stored one to its day."""
        self._touch_days_of(SEARCHES, "visit_id", (visit for visit, _ in searches))
        self._dirty.update(search["day"] for search in searches.values())
        rows.write(self._connection, SEARCHES, searches.values())

    def _fold_carts(self, events: Sequence[FeedEvent]) -> None:
        changes = self._changes(CARTS, cart_key, new_cart, cart_after, events)
        self._write(CARTS, changes)
        carted: dict[tuple[str, ...], Row] = {}
        for event in events:
            visit = identity(section(event.event, "visit").get("visit_id"))
            if visit and event.seq not in self._skipped:
                for key in _codes_in(event):
                    carted[(visit, *key)] = self._visit_product(visit, key, "was_carted")
        rows.write(self._connection, VISIT_PRODUCTS, carted.values())
        visits = {visit for change in changes for visit in change.both("visit_id")}
        self._touch_days_of(VISITS, "visit_id", visits | {visit for visit, *_ in carted})

    def _fold_orders(self, events: Sequence[FeedEvent]) -> None:
        changes = self._changes(ORDERS, order_number, new_order, order_after, events)
        customers = {name for change in changes for name in change.both("customer")}
        with recounting(self._connection, self._site, customers):
            self._write(ORDERS, changes)
        for table, column in _LINKED:
            linked = {value for change in changes for value in change.both(column)}
            self._touch_days_of(table, column, linked)
        orders = {change.after["order_number"]: change.after for change in changes}
        counted = [
            event
            for event in events
            if event.seq not in self._skipped and order_number(event) in orders
        ]
        ledger = [
            change_of(orders[order_number(event)], event, self._read)
            for event in sorted(counted, key=lambda event: event.seq)
        ]
        entries = {(row["order_number"], row["changed_at"], row["status"]): row for row in ledger}
        rows.write(self._connection, ORDER_CHANGES, entries.values())
        self._replace_items(orders, counted)

    def _replace_items(self, orders: dict[str, Row], events: Sequence[FeedEvent]) -> None:
        newest = {
            order_number(event): event
            for event in events
            if (event.status or ACCEPTED) == ACCEPTED
            and version(event) == orders[order_number(event)]["accepted_version"]
        }
        lines: list[Row] = []
        categories: list[Row] = []
        for number, event in newest.items():
            for item in items_of(event, orders[number]["currency"]):
                own = {"site": self._site, "order_number": number, "line": item["line"]}
                categories += [own | {"category": one} for one in item.pop("categories")]
                lines.append(own | item)
        for table, new in ((ORDER_ITEMS, lines), (ORDER_ITEM_CATEGORIES, categories)):
            rows.remove(self._connection, table, self._site, "order_number", newest)
            rows.write(self._connection, table, new)

    def _changes(
        self,
        table: Table,
        key_of: Callable[[FeedEvent], str],
        new: Callable[[str, str], Row],
        after: Callable[[Row, FeedEvent, Reader], Row],
        events: Sequence[FeedEvent],
    ) -> list[_Change]:
        """Return the changes of the rows that the events are about."""
        column = list(table.primary_key)[1].name  # the first is the site
        keyed = [(key, event) for event in events if (key := key_of(event))]
        keys = {key for key, _ in keyed}
        known = {
            row[column]: row for row in rows.load(self._connection, table, self._site, column, keys)
        }
        current: dict[str, Row] = {}
        for key, event in keyed:
            row = current.get(key) or known.get(key) or new(self._site, key)
            try:
                current[key] = after(row, event, self._read)
            except AmountError as error:
                self._skip(event, error)
        return [_Change(known.get(key), row) for key, row in current.items()]

    def _skip(self, event: FeedEvent, error: AmountError) -> None:
        self._skipped.add(event.seq)
        logger.warning("Event %s of site %s is not counted: %s", event.seq, event.site, error)

    def _write(self, table: Table, changes: Sequence[_Change]) -> None:
        rows.write(self._connection, table, [change.after for change in changes])
        for column, linked in self._linked.items():
            if column in table.c:
                linked.update(*(change.both(column) for change in changes))
        self._dirty.update(row["day"] for change in changes for row in change if row)

    def _touch_days_of(self, table: Table, column: str, keys: Iterable[str]) -> None:
        self._dirty |= rows.days(self._connection, table, self._site, column, set(keys))

    def _name(self, names: Sequence[tuple[Named, str]]) -> None:
        self._dirty |= fold_names(self._connection, self._site, names)

    def _visit_product(self, visit: str, key: tuple[str, str], flag: str) -> Row:
        kind, code = key
        own = {"site": self._site, "visit_id": visit, "kind": kind, "code": code}
        return own | {"was_seen": False, "was_carted": False} | {flag: True}
