"""JSON:API documents: records and their related records."""

from collections.abc import Mapping
from typing import Any

from spree.payloads.fields import Record, record, rows


class Resource:
    """A record in a document, or only its type and id if the document does not include it."""

    def __init__(self, document: "Document", source: Mapping[str, Any]) -> None:
        self._document = document
        self._relationships = record(source.get("relationships"))
        self.id = str(source.get("id") or "")
        self.type = source.get("type")
        self.attributes = record(source.get("attributes"))

    def one(self, name: str) -> "Resource | None":
        """Return the related record, whether it is included or not, or None."""
        data = record(self._relationships.get(name)).get("data")
        return self._document.find(data) if isinstance(data, dict) else None

    def many(self, name: str) -> "list[Resource] | None":
        """Return the related records, or None if the document does not include all of them."""
        data = rows(record(self._relationships.get(name)).get("data"))
        found = [self._document.find(row) for row in data or []]
        return None if data is None or not all(one.attributes for one in found) else found

    def count(self, name: str) -> int | None:
        """Return the number of related records, or None if unknown."""
        data = record(self._relationships.get(name)).get("data")
        return len(data) if isinstance(data, list) else None


class Document:
    """A JSON:API document: its records under `data`, and related ones under `included`."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        data = body.get("data")
        self._data = rows(data) or [record(data)]
        known = [*(rows(body.get("included")) or []), *self._data]
        self._known: dict[tuple[Any, str], Record] = {
            (source.get("type"), str(source.get("id"))): source
            for source in known
            if isinstance(source.get("type"), str)
        }

    @property
    def data(self) -> list[Resource]:
        """The records that the document is about."""
        return [Resource(self, source) for source in self._data if source]

    def find(self, reference: Mapping[str, Any]) -> Resource:
        """Return the record that a `{"type", "id"}` reference points to."""
        kind = reference.get("type")
        key = kind if isinstance(kind, str) else None, str(reference.get("id"))
        return Resource(self, self._known.get(key, reference))
