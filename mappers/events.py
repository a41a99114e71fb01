"""What a mapper returns: events, and what to remember of them."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from mappers.problems import Warning


class Key(NamedTuple):
    """What something remembered goes by, within a site.

    | kind | name | value |
    | --- | --- | --- |
    | order | number | `{"date", "is_resumed", "body"}`: the last order-accepted |
    | order-placed | number | true, once it was sent |
    | order-canceled | number | `{"date", "cancel_date"}`, null once the order was resumed |
    | cart | number, that of its order, too | `{"date", "body"}`: the last cart |
    | category, customer | id | `{"date"}` of the last message about it |
    | product | id | `{"date", "in_catalog", "base_product"}`; a sale's is not `in_catalog` |
    | variant | variant id | its SKU |
    | email | address in lower case | `{"id", "created"}` of the customer |
    | first-seen | customer id | the earliest date of any message about the customer |
    | currency | "" | the currency seen last |

    `date` is when the state began, in the form of `change_date`. `body` is an event's body without
    `previous_items`. `created` is the customer's own creation date, null where never reported.
    """

    kind: str
    name: str


class Fact(Struct, frozen=True, gc=False):
    """Something to remember. It never replaces one of a later version.

    `version` is a date text that sorts, `people` are the customer ids and lower-case e-mail
    addresses that the fact is about. Of kind "first-seen" the earlier version wins.
    """

    key: Key
    version: str
    value: Any
    people: tuple[str, ...] = ()


class Event(Struct, frozen=True, gc=False):
    """One Jirafe event: `kind` names the resource it goes to, `body` is its JSON object.

    `facts` are remembered once Jirafe accepted it. `subject` must not be in two posts at once. An
    event `is_outdated` if a newer state was sent before.
    """

    kind: str
    body: dict[str, Any]
    facts: tuple[Fact, ...] = ()
    subject: Key | None = None
    is_outdated: bool = False

    @property
    def name(self) -> str:
        """What it is to the merchant: "cart", "order-placed", "order-canceled", "category" …"""
        if self.kind != "order":
            return self.kind
        status = self.body["status"]
        return "order-canceled" if status == "cancelled" else f"order-{status}"


class Mapped(Struct, frozen=True, gc=False):
    """What a message becomes; `facts` are remembered when it is finished, whatever was sent."""

    events: list[Event]
    warnings: list[Warning]
    facts: tuple[Fact, ...] = ()


Memory = Mapping[Key, Any]
"""The values of known facts."""


class Draft(Protocol):
    """A message that was read, before anything is known of the past."""

    @property
    def locks(self) -> tuple[Key, ...]:
        """The keys to lock while the message is processed."""

    @property
    def recalls(self) -> tuple[Key, ...]:
        """What has to be known of the past, the locks included."""

    def events(self, memory: Memory) -> Mapped:
        """Return the events. Raises MappingError."""


def first(*values: Any) -> Any:
    """Return the first of the values that is not None."""
    for value in values:
        if value is not None:
            return value
    return None


def present(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body without the keys that have no value."""
    return {key: value for key, value in body.items() if value is not None}


def unique(keys: Iterable[Key]) -> tuple[Key, ...]:
    """Return the keys, each once."""
    return tuple(dict.fromkeys(keys))
