"""Write Parquet with typed columns, with some thousand rows in memory at a time."""

from collections.abc import Iterable
from itertools import islice
from typing import IO, Any

import pyarrow as pa  # type: ignore[import-untyped]  # has no stubs
from pyarrow.parquet import ParquetWriter  # type: ignore[import-untyped]

from jirafe_api.export.columns import DECIMALS, DIGITS, INTEGER, NUMBER, TIME, TRUTH, Sheet
from jirafe_api.storage.events import StoredEvent
from jirafe_api.times import moment

_ROWS_AT_ONCE = 5000

_ENVELOPE = {"seq": pa.int64(), "version": pa.int32(), "received_at": pa.timestamp("ms", tz="UTC")}
_TYPES = {NUMBER: pa.decimal128(DIGITS, DECIMALS), INTEGER: pa.int64(), TRUTH: pa.bool_()}
_TYPES[TIME] = pa.timestamp("us", tz="UTC")


def write(file: IO[bytes], sheet: Sheet, events: Iterable[StoredEvent]) -> None:
    """Write one row per event. Everything except numbers, booleans and times is text."""
    own = {column.name: _TYPES.get(column.type) for column in sheet.columns}
    types = {name: _ENVELOPE.get(name) or own.get(name) or pa.string() for name in sheet.names}
    schema = pa.schema(types.items())
    rows = map(sheet.row, events)
    with ParquetWriter(file, schema) as writer:
        while chunk := list(islice(rows, _ROWS_AT_ONCE)):
            cells = [
                pa.array([_cell(value, its_type) for value in values], its_type)
                for values, its_type in zip(zip(*chunk, strict=True), types.values(), strict=True)
            ]
            writer.write_batch(pa.record_batch(cells, schema=schema))


def _cell(value: Any, its_type: Any) -> Any:
    if not isinstance(value, str):
        return value
    if pa.types.is_timestamp(its_type):
        return moment(value)
    return value.encode("utf-8", "backslashreplace").decode()
