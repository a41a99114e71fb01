"""JSON:API documents: records, and the records that belong to them."""

from collections.abc import Mapping
from typing import Any

from spree.payloads.fields import Record, record, rows


class Resource:
    """A record of a document, or only its type and id if the document does not include it."""

    def __init__(self, document: "Document", source: Mapping[str, Any]) -> None:
        self._document = document
        self._relationships = record(source.get("relationships"))
        self.id = str(source.get("id") or "")
        self.type = source.get("type")
        self.attributes = record(source.get("attributes"))

    def one(self, name: str) -> "Resource | None":
        """Return the related record, whether it is included or not, None if there is none."""
        data = record(self._relationships.get(name)).get("data")
        return self._document.find(data) if isinstance(data, dict) else None

    def many(self, name: str) -> "list[Resource] | None":
        """Return the related records, None if the document does not include all of them."""
        data = rows(record(self._relationships.get(name)).get("data"))
        found = [self._document.find(row) for row in data or []]
        return None if data is None or not all(one.attributes for one in found) else found

    def count(self, name: str) -> int | None:
        """Return how many related records there are, None if unknown."""
        data = record(self._relationships.get(name)).get("data")
        return len(data) if isinstance(data, list) else None


class Document:
    """A JSON:API document: its records under `data`, and what is `included` with them."""

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
        """Return the record that a `{"type", "id"}` refers to."""
        kind = reference.get("type")
        key = kind if isinstance(kind, str) else None, str(reference.get("id"))
        return Resource(self, self._known.get(key, reference))
