"""Write events to files in each format."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from io import TextIOWrapper
from typing import IO, Any

from jirafe_api.export.columns import Sheet
from jirafe_api.storage.events import StoredEvent

# Some programs split cells at tabs, line breaks or semicolons, so formulas can follow these too.
_FORMULA = re.compile(r"^(?=[\t\r\n])|(?:^|(?<=[\t\r\n;]))(?=[=+\-@＝＋－＠])")

Write = Callable[[IO[bytes], str | None, Iterable[StoredEvent]], None]


class FormatError(Exception):
    """A file in this format cannot be written; the text says what to do."""


class Counted:
    """Count the events of an iterable while they are read."""

    def __init__(self, events: Iterable[StoredEvent]) -> None:
        self._events = events
        self.count = 0

    def __iter__(self) -> Iterator[StoredEvent]:
        """Yield the events, once."""
        for stored in self._events:
            self.count += 1
            yield stored


def write_json_lines(file: IO[bytes], _kind: str | None, events: Iterable[StoredEvent]) -> None:
    """Write one event per line, as `flask events list` prints them."""
    for stored in events:
        file.write(json.dumps(stored.as_dict()).encode() + b"\n")


def write_csv(file: IO[bytes], kind: str | None, events: Iterable[StoredEvent]) -> None:
    """Write one row per event, in UTF-8, after the names of the columns.

    Everything is quoted. Text that a spreadsheet would take for a formula is preceded by an
    apostrophe.
    """
    sheet = _sheet(kind)
    text = TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(sheet.names)
    writer.writerows(map(_cell, sheet.row(stored)) for stored in events)
    text.detach()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return _FORMULA.sub("'", value) if isinstance(value, str) else value


def write_parquet(file: IO[bytes], kind: str | None, events: Iterable[StoredEvent]) -> None:
    """Write one row per event. Raise FormatError if the library is missing."""
    sheet = _sheet(kind)
    try:
        from jirafe_api.export import parquet
    except ImportError as error:
        raise FormatError(
            "Parquet needs pyarrow: pip install -r requirements-export.txt"
        ) from error
    parquet.write(file, sheet, events)


def _sheet(kind: str | None) -> Sheet:
    if kind is None:
        raise FormatError("A table has the columns of one kind of event: choose it with --kind.")
    return Sheet(kind)


FORMATS: dict[str, Write] = {
    "jsonl": write_json_lines,
    "csv": write_csv,
    "parquet": write_parquet,
}
"""The functions that write events of one kind, or of all kinds, to a file, by format."""
