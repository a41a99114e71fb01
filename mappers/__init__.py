"""Hub messages to Jirafe events. Pure: imports nothing of the service, touches no world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from mappers import carts, customers, orders, products, taxons
from mappers.errors import MappingError
from mappers.events import Event as MappedEvent
from mappers.events import recall
from mappers.sums import mismatch

__all__ = [
    "MAPPERS",
    "Draft",
    "Event",
    "Fact",
    "Key",
    "Mapped",
    "MappingError",
    "Warning",
    "read_message",
]

Mapper = Callable[[Mapping[str, Any], Mapping[str, str], datetime], list[MappedEvent]]

MAPPERS: dict[str, Mapper] = {
    "cart:new": carts.map_new,
    "cart:updated": carts.map_updated,
    "order:new": orders.map_new,
    "order:update": orders.map_updated,
    "order:updated": orders.map_updated,
    "order:cancel": orders.map_canceled,
    "order:canceled": orders.map_canceled,
    "order:cancelled": orders.map_canceled,
    "taxon:new": taxons.map_taxon,
    "taxon:updated": taxons.map_taxon,
    "taxon:persist": taxons.map_taxon,
    "product:new": products.map_product,
    "product:updated": products.map_product,
    "product:persist": products.map_product,
    "customer:new": customers.map_customer,
    "customer:updated": customers.map_customer,
    "user:new": customers.map_customer,
    "user:updated": customers.map_customer,
}
"""The mapper of each message type. A new type is a function and a line here."""


class Key(NamedTuple):
    """The name of something remembered: its kind, and its number, id or address."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to remember for a site, about `people`: customer ids, lower-case addresses."""

    key: Key
    version: str
    value: Any
    people: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """One Jirafe event: `kind` names the resource it goes to, `body` is its JSON object.

    `facts` are remembered once Jirafe has accepted it. One that `is_outdated` is not sent.
    """

    kind: str
    body: dict[str, Any]
    facts: tuple[Fact, ...] = ()
    is_outdated: bool = False
    subject: Key | None = None

    @cached_property
    def name(self) -> str:
        """What it is to the merchant: "cart", "order-placed", "order-canceled", "category" …"""
        if self.kind != "order":
            return self.kind
        status = self.body["status"]
        return "order-canceled" if status == "cancelled" else f"order-{status}"


@dataclass(frozen=True)
class Warning:  # noqa: A001 - the word for it
    """Something that a merchant should look at: a code, the hub's field, and details."""

    code: str
    path: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapped:
    """The events of a message, and the facts to remember once it is finished."""

    events: list[Event]
    warnings: list[Warning] = field(default_factory=list)
    facts: tuple[Fact, ...] = ()


class Draft(Protocol):
    """A message that was read, before anything is known of the past."""

    @property
    def locks(self) -> tuple[Key, ...]:
        """What nobody else may work on meanwhile."""

    @property
    def recalls(self) -> tuple[Key, ...]:
        """What the memory is asked for."""

    def events(self, memory: Mapping[Key, Any]) -> Mapped:
        """Return the message's events; raises MappingError."""


def read_message(
    type: str,  # noqa: A002 - the word for it
    payload: Mapping[str, Any],
    parameters: Mapping[str, str],
    now: datetime,
) -> Draft:
    """Return the draft of a hub message, of a type in MAPPERS; raises MappingError.

    `parameters` go by names without the `jirafe.` prefix; `now` is used only if the message
    carries no date.
    """
    return _Draft(MAPPERS[type](payload, parameters, now), type.partition(":")[0])


@dataclass(frozen=True)
class _Draft:
    """Events of the present mappers, as a draft."""

    mapped: list[MappedEvent]
    about: str

    @property
    def locks(self) -> tuple[Key, ...]:
        return tuple(dict.fromkeys(Key(*one.subject) for one in self.mapped if one.subject))

    @property
    def recalls(self) -> tuple[Key, ...]:
        return (*self.locks, *(Key("first-seen", one) for one in self._first_seen()))

    def events(self, memory: Mapping[Key, Any]) -> Mapped:
        items = {(k.kind, k.name): v["items"] for k, v in memory.items() if k.kind != "first-seen"}
        seen = {k.name: v for k, v in memory.items() if k.kind == "first-seen"}
        recalled = recall(self.mapped, items, seen)
        sums = [mismatch(one.body) for one in recalled if self._is_checked(one)]
        warnings = [Warning("sums", self.about, _amounts(one)) for one in sums if one]
        events, values = [], {key: memory[key] for key in self.locks if key in memory}
        for one in recalled:
            known = memory.get(Key(*one.subject)) if one.subject else None
            events.append(_event(one, known, values))
        facts = tuple(
            Fact(Key("first-seen", one), date, date, (one,))
            for one, date in self._first_seen().items()
        )
        return Mapped(events, warnings, facts)

    def _first_seen(self) -> dict[str, str]:
        bodies = (o.body if o.kind == "customer" else o.body.get("customer") for o in self.mapped)
        return {one["id"]: one["create_date"] for one in bodies if one}

    def _is_checked(self, one: MappedEvent) -> bool:
        return one.kind == self.about and not one.mixes_sums


def _amounts(sums: Mapping[str, Decimal]) -> dict[str, str]:
    return {name.removeprefix("total_"): f"{amount:.2f}" for name, amount in sums.items()}


def _event(one: MappedEvent, known: Any, values: dict[Key, Any]) -> Event:
    """Return the event with its fact, which is put into `values`, too."""
    if not one.subject:
        return Event(one.kind, one.body)
    key = Key(*one.subject)
    is_outdated = bool(
        known and one.state_date and not one.may_be_newer and one.state_date < known["date"]
    )
    if one.name == "order-placed" or is_outdated:
        return Event(one.kind, one.body, (), is_outdated, key)
    is_known_better = known and one.may_be_newer and "items" not in one.body
    last = known if is_known_better else values.get(key, {"date": "", "items": None})
    values[key] = {
        "date": max(one.state_date or "", last["date"]),
        "items": one.body.get("items", last["items"]),
    }
    people = [one.body.get("customer", {}).get(name) for name in ("id", "email")]
    named = tuple(dict.fromkeys(text.lower() for text in people if text))
    return Event(
        one.kind, one.body, (Fact(key, values[key]["date"], values[key], named),), subject=key
    )
