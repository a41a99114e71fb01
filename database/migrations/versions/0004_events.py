"""Events with fingerprints, credible dates and storable bodies, and an index of their people."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, unquote_plus

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_AT_ONCE = 500
_TRACKED = (
    *("pageview", "visit", "add_to_cart", "remove_from_cart", "edit_cart"),
    *("order_success", "funnel"),
)
_IS_TRACKED = "kind IN ({})".format(", ".join(f"'{kind}'" for kind in _TRACKED))
_PURCHASES = ("cart", "order")
_ADDRESS = re.compile(r"\A[^@\s]++@[^@\s]++\Z")
_PART = r"[^\s@<>\"'()?&=/,;:|]"
_MENTION = re.compile(rf"(?<!{_PART}){_PART}++@{_PART}++")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_INDEXES = {
    "listing": (["site", "kind", "seq", "version"], None),
    "by_arrival": (["site", "kind", "received_at", "seq"], None),
    "by_id": (
        ["site", "kind", "event_id", "status", "changed_at", "seq", "version"],
        f"NOT ({_IS_TRACKED})",
    ),
    "tracked_by_id": (["site", "kind", "event_id", "seq", "version"], _IS_TRACKED),
    "tracked_by_age": (["received_at"], _IS_TRACKED),
    "by_fingerprint": (["site", "fingerprint"], "fingerprint IS NOT NULL"),
}

Event = dict[str, Any]
Row = dict[str, Any]


def upgrade() -> None:
    """Change the table, fill in the new columns for existing events, and index it."""
    for name in ("listing", "by_id", "by_age"):
        op.execute(f"DROP INDEX IF EXISTS jirafe_events_{name}")
    op.add_column("jirafe_events", sa.Column("fingerprint", sa.LargeBinary(16)))
    op.create_table(
        "jirafe_event_people",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("name", sa.LargeBinary(16), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Index("jirafe_event_people_by_event", "seq"),
        sqlite_with_rowid=False,
    )
    _fill(op.get_bind())
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE jirafe_events ALTER COLUMN body TYPE JSONB USING body::jsonb")
    _keep_first_fingerprints()
    for name, (columns, where) in _INDEXES.items():
        condition = sa.text(where) if where else None
        op.create_index(
            f"jirafe_events_{name}",
            "jirafe_events",
            columns,
            unique=name == "by_fingerprint",
            sqlite_where=condition,
            postgresql_where=condition,
        )


def _fill(connection: sa.Connection) -> None:
    events = sa.table(
        "jirafe_events",
        *map(sa.column, ("seq", "site", "version", "kind", "received_at", "body")),
    )
    change = sa.text(
        "UPDATE jirafe_events SET event_id = :event_id, status = :status, changed_at = :changed_at,"
        " body = :body, fingerprint = :fingerprint WHERE seq = :its_seq"
    )
    people = sa.text("INSERT INTO jirafe_event_people VALUES (:site, :name, :seq)")
    last = 0
    query = sa.select(events).order_by(events.c.seq).limit(_AT_ONCE)
    while rows := connection.execute(query.where(events.c.seq > last)).mappings().all():
        changes = [_changed(dict(row)) for row in rows]
        connection.execute(change, [one for one, _ in changes])
        if names := [name for _, some in changes for name in some]:
            connection.execute(people, names)
        last = rows[-1]["seq"]


def _keep_first_fingerprints() -> None:
    """Keep repeats that are stored already, without a fingerprint, for the unique index."""
    op.execute(
        "UPDATE jirafe_events SET fingerprint = NULL WHERE fingerprint IS NOT NULL AND seq NOT IN "
        "(SELECT min(seq) FROM jirafe_events WHERE fingerprint IS NOT NULL GROUP BY site, "
        "fingerprint)"
    )


def _changed(row: Row) -> tuple[Row, list[Row]]:
    event = _storable(json.loads(row["body"]))
    version, kind = row["version"], row["kind"]
    event_id = _own_id(version, kind, event)
    content = _to_json(event, orjson.OPT_SORT_KEYS)
    columns = {
        "its_seq": row["seq"],
        "event_id": _key(event_id),
        "status": _status(version, kind, event),
        "changed_at": _changed_at(event, row["received_at"]),
        "body": _to_json(event, 0),
        "fingerprint": None
        if kind == "pageview" and not event_id
        else _digest(f"{version} {kind} {content}"),
    }
    names = {_digest(f"{sort}\0{name}") for sort, name in _names(kind, event)}
    return columns, [{"site": row["site"], "name": name, "seq": row["seq"]} for name in names]


def _to_json(event: Event, option: int) -> str:
    try:
        return orjson.dumps(event, option=option).decode()
    except orjson.JSONEncodeError:  # an integer of more than 64 bits
        is_sorted = bool(option)
        return json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=is_sorted)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_storable(name): _storable(member) for name, member in value.items()}
    return [_storable(member) for member in value] if isinstance(value, list) else value


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _own_id(version: int, kind: str, event: Event) -> str:
    if version == 1 and kind in _TRACKED and kind != "visit":
        return ""
    paths = {"heartbeat": "instance_id", "inventory": "sku_code", "product.cost": "sku_code"}
    paths |= {"pageview": "page.page_id", "visit": "visit.id"}
    if version != 1:
        paths |= {"order": "order_number"}
    value: Any = event
    for step in paths.get(kind, "id").split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def _key(event_id: str) -> str:
    if not event_id:
        return f"~~{secrets.token_hex(16)}"
    if re.fullmatch(r"(?!~~)[ -~]{1,64}", event_id):
        return event_id
    readable = re.sub(r"[^ -~]|^~~", "?", event_id[:20])
    return f"{readable}~{hashlib.sha256(event_id.encode()).hexdigest()}"


def _status(version: int, kind: str, event: Event) -> str:
    if (version, kind) != (2, "order"):
        return ""
    items = event.get("items") or ()
    is_left = any(isinstance(one, dict) and one.get("status") != "cancelled" for one in items)
    return "emptied" if event["status"] == "accepted" and not is_left else str(event["status"])


def _changed_at(event: Event, received_at: str) -> str:
    date = next(
        (event[name] for name in ("change_date", "cancel_date", "order_date") if name in event),
        None,
    )
    try:
        time = datetime.fromisoformat(date if isinstance(date, str) else "")
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    if time > datetime.fromisoformat(received_at) + timedelta(days=1):
        return ""
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _names(kind: str, event: Event) -> Iterator[tuple[str, str]]:
    if kind in (*_PURCHASES, "customer", *_TRACKED):
        customers = [_object(event, "customer"), {"id": event.get("customer_id")}]
        for customer in [event] if kind == "customer" else customers:
            emails = [email.lower() for email in _texts(customer, "email")]
            guests = list(filter(_ADDRESS.fullmatch, emails))
            yield from (("customer", name) for name in _texts(customer, "id") or guests)
            yield from (("email", address) for address in emails)
    if kind in _TRACKED:
        visit = _object(event, "visit")
        yield from (("visit", name) for name in _texts(visit, "id"))
        yield from (("visitor", name) for name in _texts(visit, "visitor"))
        for purchase in _PURCHASES:
            own = _object(_object(event, kind), purchase)
            yield from ((purchase, number) for number in _texts(own, "id", "num"))
    if kind in (*_TRACKED, "employee"):
        yield from (("mention", address) for address in _addresses(event))


def _addresses(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from _addresses(member)
    elif isinstance(value, str) and ("@" in value or "%40" in value):
        for text in {value, unquote(value), unquote_plus(value)}:
            yield from (found.strip(".").lower() for found in _MENTION.findall(text))


def _object(event: Event, name: str) -> Event:
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def _texts(event: Event, *names: str) -> list[str]:
    values = [event.get(name) for name in names]
    return [value for value in values if isinstance(value, str) and value]
