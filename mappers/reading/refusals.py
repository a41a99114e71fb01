"""Read payloads that msgspec cannot: tidy them if possible, or refuse them in marshmallow's words.

Some shops write "" or [] for no object and {} for an empty list; these are tidied. Optional fields
are left out with a warning. Any other problem refuses the message, and all are listed by path.
"""

from collections.abc import Iterator
from functools import cache
from threading import Lock
from typing import Any, TypeVar

import msgspec
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from mappers.problems import MappingError, Warning
from mappers.reading.objects import MOST_ROWS, Field, HubObject, Kind, declared

Read = TypeVar("Read", bound=HubObject)
_Path = tuple[str | int, ...]

_PREPARED: set[type[HubObject]] = set()
_PREPARING = Lock()


def read(of: type[Read], payload: Any) -> tuple[Read, list[Warning]]:
    """Return the object, with a warning for each field that was left out.

    Raise MappingError with the problems by their paths in the payload.
    """
    if of not in _PREPARED:
        _prepare(of)
    try:
        return msgspec.convert(payload, of), []
    except (
        msgspec.ValidationError,
        UnicodeEncodeError,
    ):  # the latter for keys that UTF-8 cannot encode
        return _without_decoration(of, payload)


def _prepare(of: type[HubObject]) -> None:
    """Read an empty object, one thread at a time.

    msgspec prepares a class, and those of its fields, when it first reads one. If two threads do
    that at once, the process can crash.
    """
    with _PREPARING:
        msgspec.convert({}, of)
        _PREPARED.add(of)


def _without_decoration(of: type[Read], payload: Any) -> tuple[Read, list[Warning]]:
    tidy = tidied(payload, of)
    warnings, errors = [], {}
    for path, words in problems(of, tidy):
        name = ".".join(map(str, path))
        if path and not _is_essential(of, path):
            warnings.append(Warning("left_out", name, {"reason": " ".join(words)}))
            _leave_out(tidy, path)
        else:
            errors[name] = words
    if errors:
        raise MappingError(errors)
    return msgspec.convert(tidy, of), warnings


def problems(of: type[HubObject], payload: Any) -> Iterator[tuple[_Path, list[str]]]:
    """Yield the problems that marshmallow finds in a payload, by path."""
    return _flattened(_schema(of)().validate(payload))


def tidied(value: Any, of: type[HubObject]) -> Any:
    """Return a copy of an object with its known objects and lists in their usual form."""
    if type(value) is not dict:
        return value
    tidy = {key: value[key] for key in declared(of).keys() & value.keys()}
    for key in tidy:
        if inner := declared(of)[key].inner:
            tidy[key] = _tidy_inner(tidy[key], inner, is_list=declared(of)[key].is_list)
    return tidy


def _tidy_inner(value: Any, inner: type[HubObject], *, is_list: bool) -> Any:
    if not is_list:
        return None if value in ("", []) else tidied(value, inner)
    if value in ("", {}):
        return []
    if type(value) is not list or len(value) > MOST_ROWS:
        return value
    return [{} if row in (None, [], "") else tidied(row, inner) for row in value]


def _is_essential(of: type[HubObject], path: _Path) -> bool:
    """Whether a problem at a path refuses the message."""
    field = None
    for step in path:
        if isinstance(step, str):
            field = declared(of)[step]
            of = field.inner or of
    return field is not None and field.kind.is_essential


def _leave_out(payload: Any, path: _Path) -> None:
    *parents, last = path
    for step in parents:
        payload = payload[step]
    payload[last] = {} if isinstance(last, int) else None


def _flattened(messages: Any, path: _Path = ()) -> Iterator[tuple[_Path, list[str]]]:
    if isinstance(messages, list):
        yield path, messages
        return
    for key, inner in messages.items():
        yield from _flattened(inner, path if key == "_schema" else (*path, key))


@cache
def _schema(of: type[HubObject]) -> type[Schema]:
    """Return the marshmallow schema of an object's declarations."""
    meta = type("Meta", (), {"unknown": EXCLUDE})
    known = {field.name: _field(field) for field in declared(of).values()}
    return type(of.__name__, (Schema,), {"Meta": meta, **known})


def _field(field: Field) -> fields.Field[Any]:
    if field.inner is None:
        return _Value(field.kind)
    if field.is_list:
        return _Rows(_schema(field.inner))
    return fields.Nested(_schema(field.inner), allow_none=True)


class _Value(fields.Field[Any]):
    """A value of some kind."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(allow_none=True)
        self._read = kind.read

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        try:
            return self._read(value) if self._read else value
        except ValueError as error:
            raise ValidationError(str(error)) from error


class _Rows(fields.Nested):
    """A list of at most MOST_ROWS objects."""

    default_error_messages = {"type": "Not a valid list.", "length": f"Longer than {MOST_ROWS}."}

    def __init__(self, schema: type[Schema]) -> None:
        super().__init__(schema, many=True, allow_none=True)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if type(value) is not list:
            raise self.make_error("type")
        if len(value) > MOST_ROWS:
            raise self.make_error("length")
        return super()._deserialize(value, *args, **kwargs)
