"""Objects within hub messages: how one is read, and the fields that hold one or several."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError

from mappers.fields import HubField


class HubSchema(Schema):
    """A schema that reads the keys it knows and the object has, and ignores all others."""

    def __init__(self, **kwargs: Any) -> None:
        """Take marshmallow's own arguments."""
        super().__init__(**kwargs)
        fields = {k: f for k, f in self.load_fields.items() if isinstance(f, HubField)}
        self._blank = {name: field.nothing for name, field in fields.items()}
        self._readers = {name: field.read for name, field in fields.items()}

    def load(self, data: Any, **_: Any) -> dict[str, Any]:
        """Return the object, every key of the schema set.

        Raises ValidationError. Marshmallow's own way asks every field of every schema, of which
        most messages have few, and costs three times as much.
        """
        if not isinstance(data, dict):
            raise ValidationError({"_schema": ["Invalid input type."]})
        loaded = self._blank.copy()
        errors: dict[str, Any] = {}
        for name, value in data.items():
            if value is not None and (read := self._readers.get(name)):
                try:
                    loaded[name] = read(value)
                except ValidationError as error:
                    errors[name] = error.messages
        if errors:
            raise ValidationError(errors)
        return loaded


class One(HubField):
    """One object, or None where it is null, empty or missing: some shops send "" or [] for that."""

    def __init__(self, schema: Schema) -> None:
        """Take the object's schema."""
        super().__init__()
        self._load = schema.load

    def read(self, value: Any) -> Any:
        """Return what the schema reads of the object."""
        return None if value in ("", []) else self._load(value)


class Rows(HubField):
    """A list of objects, empty where it is null; nulls and empty objects in it are passed over.

    `numbered` rows know their `place` in the message, for errors found later.
    """

    default_error_messages = {"invalid": "Not a valid list."}
    nothing = ()

    def __init__(self, schema: Schema, *, numbered: bool = False) -> None:
        """Take the schema of one object."""
        super().__init__()
        self._load = schema.load
        self._numbered = numbered

    def read(self, value: Any) -> list[Any]:
        """Return what the schema reads of each object."""
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return each(self._row, value)

    def _row(self, place: int, row: Any) -> Any:
        loaded = self._load(row)
        return loaded | {"place": place} if self._numbered else loaded


def each(load: Callable[[int, Any], Any], rows: list[Any]) -> list[Any]:
    """Return what `load(place, row)` makes of each row that holds anything (not null, [], {}).

    Raises ValidationError with the problems by the rows' places.
    """
    loaded: list[Any] = []
    errors: dict[int, Any] = {}
    for place, row in enumerate(rows):
        if row is None or row in ([], {}):
            continue
        try:
            loaded.append(load(place, row))
        except ValidationError as error:
            errors[place] = error.messages
    if errors:
        raise ValidationError(errors)
    return loaded
