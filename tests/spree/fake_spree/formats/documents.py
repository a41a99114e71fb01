"""JSON:API documents of linked records."""

from typing import Any

from tests.spree.fake_spree.values import FIELDS, filled

Resource = dict[str, Any]
Index = dict[tuple[str, str], Resource]

_TYPES = FIELDS["json_api"]


class Documents:
    """Records by type and id, and the documents that they make."""

    def __init__(self, suffix: str) -> None:
        self.index: Index = {}
        self._suffix = suffix

    def document(self, main: Resource | list[Resource], include: str | None) -> dict[str, Any]:
        """Return the document; `include` names relationships, "" none, "*" the first level."""
        if include is None:
            return {"data": main}
        mains = main if isinstance(main, list) else [main]
        found: Index = {}
        for one in mains:
            paths = list(one["relationships"]) if include == "*" else include.split(",")
            for path in filter(None, paths):
                self._walk(one, path.split("."), found)
        seen = {(one["type"], one["id"]) for one in mains}
        included = [one for key, one in found.items() if key not in seen]
        return {"data": main, "included": included}

    def _walk(self, source: Resource, path: list[str], found: Index) -> None:
        data = source["relationships"].get(path[0], {"data": None})["data"]
        for reference in data if isinstance(data, list) else [data] if data else []:
            key = reference["type"], reference["id"]
            if key in self.index:
                found[key] = self.index[key]
                if len(path) > 1:
                    self._walk(self.index[key], path[1:], found)

    def add(self, kind: str, identifier: int, values: dict[str, Any], **related: Any) -> Resource:
        fields = _TYPES.get(f"{kind}{self._suffix}", _TYPES[kind])
        references = {name: {"data": _reference(to)} for name, to in related.items()}
        resource = {
            "id": str(identifier),
            "type": kind,
            "attributes": filled(fields["attributes"], values),
            "relationships": filled(fields["relationships"], references)
            | {name: {"data": None} for name in fields["relationships"] if name not in references},
        }
        self.index[kind, str(identifier)] = resource
        return resource


def _reference(to: Any) -> Any:
    if isinstance(to, list):
        return [_reference(one) for one in to]
    return None if to is None else {"id": str(to[1]), "type": to[0]}


def meta(envelope: dict[str, int]) -> dict[str, Any]:
    """Return the meta data, and the link to a next page that stays the last one."""
    following = min(envelope["current_page"] + 1, envelope["pages"])
    return {
        "meta": {
            "count": envelope["count"],
            "total_count": envelope["total_count"],
            "total_pages": envelope["pages"],
        },
        "links": {"next": f"https://shop.example.com/api/v2/platform/orders?page={following}"},
    }
