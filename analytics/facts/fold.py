"""Fold events into facts, and mark the days whose sums have to be recomputed."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table

from analytics.facts import rows
from analytics.facts.carts import cart_after, cart_key, new_cart
from analytics.facts.catalog import fold_costs, fold_names
from analytics.facts.customers import recounting
from analytics.facts.links import link
from analytics.facts.orders import change_of, new_order, order_after, order_number
from analytics.facts.products import Named, categories_of, codes_of, names_in
from analytics.facts.values import Reader, Row, identity, objects, section, version
from analytics.facts.visits import KINDS, Seen, names_on, new_visit, search_in, seen, visit_after
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
from database.transactions import pipelined

logger = logging.getLogger(__name__)

_NAMING = ("order", "cart", "product", "category")


_LINKED = ((VISITS, "visit_id"), (SEARCHES, "visit_id"), (CARTS, "cart_id"))
"""The facts whose sums depend on orders, by the column that links them."""


def fold(connection: Connection, events: Iterable[FeedEvent]) -> int:
    """Fold events of any sites into the facts; return how many could not be counted."""
    by_site: defaultdict[str, list[FeedEvent]] = defaultdict(list)
    for event in events:
        by_site[event.site].append(event)
    skipped = 0
    for site, its in sorted(by_site.items()):
        read = Reader(ensure_site(connection, site))
        with pipelined(connection):
            skipped += _SiteFold(connection, read).run(its)
    return skipped


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


def _values(changes: Iterable[_Change], column: str) -> set[str]:
    """Return the old and the new values of a column, without empty ones."""
    return {row[column] for change in changes for row in change if row and row[column]}


def _is_moved(change: _Change) -> bool:
    """Return whether orders and carts of a visit now count under another channel."""
    before, after = change
    return before is None or any(before[name] != after[name] for name in CHANNEL)


def _keyed(
    key_of: Callable[[FeedEvent], str], events: Iterable[FeedEvent]
) -> list[tuple[str, FeedEvent]]:
    """Return the events that have a key, with it."""
    return [(key, event) for event in events if (key := key_of(event))]


class _SiteFold:
    """Folds one batch of events of one site."""

    def __init__(self, connection: Connection, read: Reader) -> None:
        self._connection = connection
        self._read = read
        self._site = read.site.site
        self._dirty: set[date] = set()
        self._skipped: set[int] = set()
        self._linked: dict[str, set[str]] = {"visit_id": set(), "cart_id": set()}
        self._touched: defaultdict[tuple[Table, str], set[str]] = defaultdict(set)
        self._names: list[tuple[Named, str]] = []

    def run(self, events: Sequence[FeedEvent]) -> int:
        by_kind: defaultdict[str, list[FeedEvent]] = defaultdict(list)
        for event in events:
            by_kind["browser" if event.kind in KINDS else event.kind].append(event)
        seen_visits = [(one.visit_id, one) for one in map(seen, by_kind["browser"]) if one.visit_id]
        carts = _keyed(cart_key, by_kind["cart"])
        orders = _keyed(order_number, by_kind["order"])
        # All is read before anything is written, since the next query has to wait for the writes.
        visit_changes = self._changes(VISITS, seen_visits, new_visit, visit_after)
        cart_changes = self._changes(CARTS, carts, new_cart, cart_after)
        order_changes = self._changes(ORDERS, orders, new_order, order_after)
        self._fold_visits(seen_visits, visit_changes)
        self._fold_carts(by_kind["cart"], cart_changes)
        self._fold_orders(orders, order_changes)
        link(self._connection, self._site, self._linked["visit_id"], self._linked["cart_id"])
        self._dirty |= fold_costs(self._connection, by_kind["product.cost"], self._read, self._skip)
        for event in (event for kind in _NAMING for event in by_kind[kind]):
            own = version(event)
            self._names += [(named, own) for named in names_in(event)]
        self._dirty |= fold_names(self._connection, self._site, self._names)
        moved = self._touched[ORDERS, "visit_id"]
        self._touched[ORDER_CHANGES, "order_number"] |= rows.values(
            self._connection, ORDERS, "order_number", self._site, "visit_id", moved
        )
        for (table, column), keys in self._touched.items():
            self._dirty |= rows.days(self._connection, table, self._site, column, keys)
        mark_dirty(self._connection, self._site, self._dirty)
        return len(self._skipped)

    def _fold_visits(self, keyed: Sequence[tuple[str, Seen]], changes: Sequence[_Change]) -> None:
        self._write(VISITS, changes)
        visits = {change.after["visit_id"] for change in changes if _is_moved(change)}
        self._touched[ORDERS, "visit_id"] |= visits
        self._touched[CARTS, "visit_id"] |= visits
        products: set[tuple[str, str, str]] = set()
        searches: dict[tuple[str, str], Row] = {}
        names: dict[tuple[str, str], str] = {}
        for visit, one in keyed:
            if one.event.kind == "pageview":
                for kind, code, name in names_on(one.page):
                    products.add((visit, kind, code))
                    names[kind, code] = max(name, names.get((kind, code), ""))
                if search := search_in(one, self._read):
                    _keep_search(searches, search)
        self._write_products(products, "was_seen")
        self._write_searches(searches)
        # Anybody can send pageviews, so their names are used only until the shop sends its own.
        self._names += [(Named(*key, name), "") for key, name in names.items()]

    def _write_searches(self, searches: Mapping[tuple[str, str], Row]) -> None:
        """Store searches; an earlier one with the same term moves a stored one to its day."""
        visits = {visit for visit, _ in searches}
        self._dirty |= rows.days(self._connection, SEARCHES, self._site, "visit_id", visits)
        self._dirty.update(search["day"] for search in searches.values())
        rows.write(self._connection, SEARCHES, searches.values())

    def _fold_carts(self, events: Sequence[FeedEvent], changes: Sequence[_Change]) -> None:
        self._write(CARTS, changes)
        products: set[tuple[str, str, str]] = set()
        for event in events:
            visit = identity(section(event.event, "visit").get("visit_id"))
            if visit and event.seq not in self._skipped:
                products.update((visit, kind, code) for kind, code in _codes_in(event))
        self._write_products(products, "was_carted")
        self._touched[VISITS, "visit_id"] |= {visit for visit, *_ in products}
        self._touched[VISITS, "visit_id"] |= _values(changes, "visit_id")

    def _fold_orders(
        self, keyed: Sequence[tuple[str, FeedEvent]], changes: Sequence[_Change]
    ) -> None:
        with recounting(self._connection, self._site, _values(changes, "customer")):
            self._write(ORDERS, changes)
        for table, column in _LINKED:
            self._touched[table, column] |= _values(changes, column)
        orders = {change.after["order_number"]: change.after for change in changes}
        ledger = [
            change_of(orders[number], event, self._read)
            for number, event in sorted(keyed, key=lambda one: one[1].seq)
            if event.seq not in self._skipped
        ]
        entries = {(row["order_number"], row["changed_at"], row["status"]): row for row in ledger}
        rows.write(self._connection, ORDER_CHANGES, entries.values())
        self._touched[ORDER_CHANGES, "order_number"] |= orders.keys()
        self._replace_items({key: row["items"] for key, row in orders.items() if "items" in row})

    def _replace_items(self, items_of: Mapping[str, Sequence[Row]]) -> None:
        lines: list[Row] = []
        categories: list[Row] = []
        for number, items in items_of.items():
            for item in items:
                own = {"site": self._site, "order_number": number, **item}
                categories += [own | {"category": one} for one in item["categories"]]
                lines.append(own)
        for table, new in ((ORDER_ITEMS, lines), (ORDER_ITEM_CATEGORIES, categories)):
            rows.remove(self._connection, table, self._site, "order_number", items_of.keys())
            rows.write(self._connection, table, new)

    def _changes(
        self,
        table: Table,
        keyed: Sequence[tuple[str, Any]],
        new: Callable[[str, str], Row],
        after: Callable[[Row, Any, Reader], Row],
    ) -> list[_Change]:
        """Return the changes of the rows that the events are about."""
        column = list(table.primary_key)[1].name  # the first is the site
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
                linked.update(_values(changes, column))
        self._dirty.update(row["day"] for change in changes for row in change if row)

    def _write_products(self, products: Iterable[tuple[str, str, str]], flag: str) -> None:
        own = {"site": self._site, "was_seen": False, "was_carted": False, flag: True}
        new = [
            {"visit_id": visit, "kind": kind, "code": code, **own}
            for visit, kind, code in sorted(products)
        ]
        rows.write(self._connection, VISIT_PRODUCTS, new)
