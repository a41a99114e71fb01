"""Hub objects: declared once, read by msgspec, and refused by marshmallow.

An object's fields are annotated with the kinds below. msgspec alone reads nearly every message.
If it cannot, `mappers.reading.refusals` reads the message by the same declarations.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

import msgspec

from mappers.reading import catalog_values
from mappers.reading import values as read

MOST_ROWS = 2000
"""The length of the longest list of objects that is accepted.

Refusing a message takes about 100 µs per row, so this limit keeps one message from delaying others
noticeably. The largest orders of real shops have a few hundred lines.
"""


@dataclass(frozen=True)
class Kind:
    """A kind of field: how its value is read, and whether an unreadable value refuses the message.

    Otherwise the field is left out with a warning. A value that `is_read_later` only has its type
    checked, and is read where it is used.
    """

    read: Callable[[Any], Any] | None = None
    is_essential: bool = False
    is_read_later: bool = False


ESSENTIAL = Kind(is_essential=True)
ROWS = msgspec.Meta(max_length=MOST_ROWS)

if TYPE_CHECKING:  # the types of fields after reading
    from decimal import Decimal

    Text = str | None
    UnreadText = str | int | float | None
    Essential = str | None
    Currency = str | None
    Identifier = str | None
    Number = str | None
    Amount = Decimal | None
    Quantity = int | None
    Flag = bool | None
    Moment = str | None
    State = str | None
    Country = str | None
    Options = dict[str, str] | None
    Categories = list[catalog_values.Category] | None
    JirafeCategories = list[catalog_values.Category] | None
    Images = list[str] | None
    OptionValues = list[catalog_values.OptionValue] | None
else:
    Text = Annotated[Any, Kind(read.text)]
    UnreadText = Annotated[str | int | float | None, Kind(read.text, is_read_later=True)]
    Essential = Annotated[Any, Kind(read.text, is_essential=True)]
    Currency = Annotated[Any, Kind(read.currency, is_essential=True)]
    Identifier = Annotated[Any, Kind(read.identifier)]
    Number = Annotated[Any, Kind(read.identifier, is_essential=True)]
    Amount = Annotated[Any, Kind(read.amount, is_essential=True)]
    Quantity = Annotated[Any, Kind(read.quantity, is_essential=True)]
    Flag = Annotated[Any, Kind(read.flag)]
    Moment = Annotated[Any, Kind(read.moment)]
    State = Annotated[Any, Kind(read.place("name", "abbr"))]
    Country = Annotated[Any, Kind(read.place("iso", "name"))]
    Options = Annotated[Any, Kind(read.options)]
    Categories = Annotated[Any, Kind(catalog_values.categories)]
    JirafeCategories = Annotated[Any, Kind(catalog_values.jirafe_categories)]
    Images = Annotated[Any, Kind(catalog_values.images)]
    OptionValues = Annotated[Any, Kind(catalog_values.option_values)]


class HubObject(msgspec.Struct, gc=False):
    """An object in a hub message. All fields are optional, and null counts as missing."""

    def __post_init__(self) -> None:
        """Read the values. ValueError becomes msgspec's ValidationError."""
        for name, read_value in _readers(type(self)):
            value = getattr(self, name)
            if value is not None:
                found = read_value(value)
                if found is not value:  # most texts stay the same
                    setattr(self, name, found)


@dataclass(frozen=True)
class Field:
    """One declared field: a value of some kind, an object (`inner`), or a list of objects."""

    name: str
    kind: Kind
    inner: "type[HubObject] | None"
    is_list: bool


@cache
def declared(of: type[HubObject]) -> dict[str, Field]:
    """Return an object's fields by name."""
    return {field.name: _field(field.name, field.type) for field in msgspec.structs.fields(of)}


@cache
def _readers(of: type[HubObject]) -> list[tuple[str, Callable[[Any], Any]]]:
    """Return the fields that have to be read, with their readers."""
    fields = declared(of).values()
    return [
        (one.name, one.kind.read) for one in fields if one.kind.read and not one.kind.is_read_later
    ]


def _field(name: str, annotation: Any) -> Field:
    parts = list(_parts(annotation))
    kind = next((part for part in parts if isinstance(part, Kind)), Kind())
    inner = next((p for p in parts if isinstance(p, type) and issubclass(p, HubObject)), None)
    return Field(name, kind, inner, is_list=any(part is list for part in parts))


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield an annotation's types and metadata, from the outside in."""
    if metadata := getattr(annotation, "__metadata__", ()):
        yield from metadata
        yield from _parts(annotation.__origin__)
        return
    yield get_origin(annotation) or annotation
    for part in get_args(annotation):
        yield from _parts(part)
