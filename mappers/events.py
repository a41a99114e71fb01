"""The mappers' results: events, and the facts to remember about them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from msgspec import Struct

from mappers.problems import Warning

Owner = TypeVar("Owner")
Value = TypeVar("Value")


class Key(NamedTuple):
    """The key of a fact, unique within a site.

    | kind | name | value |
    | --- | --- | --- |
    | order | number | `{"date", "is_resumed", "body"}`: the last order-accepted |
    | order-placed | number | true, once it was sent |
    | order-canceled | number | `{"date", "cancel_date"}`, null once the order was resumed |
    | cart | number, and that of its order | `{"date", "body"}`: the last cart |
    | category, customer | id | `{"date"}` of the last message about it |
    | product | id | `{"date", "in_catalog", "base_product"}`; not `in_catalog` if only sold |
    | variant | variant id | its SKU |
    | email | address in lower case | `{"id", "created"}` of the customer |
    | first-seen | customer id | the earliest date of any message about the customer |
    | currency | "" | the currency seen last |

    `date` is when the state began, in the format of `change_date`. `body` is an event's body
    without `previous_items`. `created` is the customer's creation date, null if never reported.
    """

    kind: str
    name: str


class Fact(Struct, frozen=True, gc=False):
    """A fact to remember. It never replaces one with a later version.

    `version` is a date as text that sorts by time. `people` are the customer ids and lower-case
    e-mail addresses that the fact is about. For the kind "first-seen", the earliest version stays.
    """

    key: Key
    version: str
    value: Any
    people: tuple[str, ...] = ()


class Event(Struct, frozen=True, gc=False):
    """One Jirafe event. `kind` is the resource that it is posted to, `body` its JSON object.

    `facts` are remembered once Jirafe has accepted it. Two events with the same `subject` must not
    be in two posts at once. An event `is_outdated` if a newer state was sent before.
    """

    kind: str
    body: dict[str, Any]
    facts: tuple[Fact, ...] = ()
    subject: Key | None = None
    is_outdated: bool = False

    @property
    def name(self) -> str:
        """The event's name for merchants, such as "cart", "order-placed" or "order-canceled"."""
        if self.kind != "order":
            return self.kind
        status = self.body["status"]
        return "order-canceled" if status == "cancelled" else f"order-{status}"


class Mapped(Struct, frozen=True, gc=False):
    """A message's events, and the `facts` to remember once it is finished, whatever was sent."""

    events: list[Event]
    warnings: list[Warning]
    facts: tuple[Fact, ...] = ()


Memory = Mapping[Key, Any]
"""The values of known facts."""


class Draft(Protocol):
    """A message that was read, but not yet combined with what is remembered."""

    @property
    def locks(self) -> tuple[Key, ...]:
        """The keys to lock while the message is processed."""

    @property
    def recalls(self) -> tuple[Key, ...]:
        """The keys of the facts that `events` needs, including the locks."""

    def events(self, memory: Memory) -> Mapped:
        """Return the events. Raise MappingError."""


class once_property(Generic[Owner, Value]):  # noqa: N801 - as in functools.cached_property
    """A property that is computed at its first use and stored in the object.

    The one of functools takes a lock at each first use, in Python 3.11.
    """

    def __init__(self, compute: Callable[[Owner], Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, owner: Owner, _: type[Owner] | None = None) -> Value:
        """Return the value; after this, Python finds it in the object and does not ask again."""
        value = owner.__dict__[self._name] = self._compute(owner)
        return value


def first(*values: Any) -> Any:
    """Return the first of the values that is not None."""
    for value in values:
        if value is not None:
            return value
    return None


def present(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body without the keys whose value is None."""
    return {key: value for key, value in body.items() if value is not None}


def unique(keys: Iterable[Key]) -> tuple[Key, ...]:
    """Return the keys without duplicates."""
    return tuple(dict.fromkeys(keys))
