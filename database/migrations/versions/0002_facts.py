"""Facts instead of snapshots and customers; digests instead of names that may be personal."""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_VERSION = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_AT_ONCE = 1000

# Snapshots had the items only, which are of no use without the rest of the body.
_MORE: dict[str, dict[str, Any]] = {
    "cart": {"body": None},
    "order": {"is_resumed": False, "body": None},
    "product": {"in_catalog": True, "base_product": None},
}

Row = dict[str, Any]


def upgrade() -> None:
    """Recreate the tables, and copy their contents."""
    op.drop_table("endpoint_leases")  # they last for seconds
    for table in ("messages", "dead_letters", "snapshots", "customers"):
        op.execute(f"CREATE TABLE old_{table} AS SELECT * FROM endpoint_{table}")  # noqa: S608
        op.drop_table(f"endpoint_{table}")
    _create_leases_and_facts()
    _create_messages_and_dead_letters()
    _copy("snapshots", "endpoint_facts", _snapshot)
    _copy("customers", "endpoint_facts", _customer)
    _copy("customers", "endpoint_people", _person)
    _copy("messages", "endpoint_messages", _message)
    _copy("dead_letters", "endpoint_dead_letters", _dead_letter)
    _continue_ids()
    for table in ("messages", "dead_letters", "snapshots", "customers"):
        op.drop_table(f"old_{table}")


def _key() -> list[sa.Column[Any]]:
    return [
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(85), primary_key=True),
    ]


def _site() -> sa.Column[Any]:
    return sa.Column("site", sa.String(64), primary_key=True)


def _create_leases_and_facts() -> None:
    op.create_table(
        "endpoint_leases",
        _site(),
        *_key(),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "endpoint_facts",
        _site(),
        *_key(),
        sa.Column("version", _VERSION, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("stored_at", sa.String(24), nullable=False),
        sa.Index("endpoint_facts_by_age", "stored_at"),
    )
    op.create_table(
        "endpoint_people",
        _site(),
        sa.Column("person", sa.String(65), primary_key=True),
        *_key(),
        sa.Index("endpoint_people_by_fact", "site", "kind", "name"),
        sqlite_with_rowid=False,
    )


def _create_messages_and_dead_letters() -> None:
    op.create_table(
        "endpoint_messages",
        _site(),
        sa.Column("identity", sa.String(64), primary_key=True),
        sa.Column("reply", sa.Text),
        sa.Column("sent", sa.Text, nullable=False),
        sa.Column("stored_at", sa.String(24), nullable=False),
        sa.Index("endpoint_messages_by_age", "stored_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "endpoint_dead_letters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("letter", sa.Text, nullable=False),
        sa.Column("proven", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("replayed_at", sa.String(24)),
        sa.UniqueConstraint("site", "identity", name="endpoint_dead_letters_by_message"),
        sa.Index("endpoint_dead_letters_by_age", "created_at"),
        sa.Index("endpoint_dead_letters_by_site", "site", "id"),
        sqlite_autoincrement=True,
    )


def _copy(source: str, target: str, convert: Callable[[Row], Row]) -> None:
    connection = op.get_bind()
    old = sa.table(f"old_{source}")
    rows = connection.execute(sa.select(sa.text("*")).select_from(old)).mappings()
    new: sa.TableClause | None = None
    for some in _parts(convert(dict(row)) for row in rows):
        new = new if new is not None else sa.table(target, *map(sa.column, some[0]))
        connection.execute(sa.insert(new), some)


def _parts(rows: Iterator[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _snapshot(row: Row) -> Row:
    name = _digest(row["number"]) if row["kind"] == "customer" else row["number"]
    return {
        "site": row["site"],
        "kind": row["kind"],
        "name": name,
        "version": row["change_date"],
        "value": json.dumps({"date": row["change_date"], **_MORE.get(row["kind"], {})}),
        "stored_at": row["kept_at"],
    }


def _customer(row: Row) -> Row:
    return {
        "site": row["site"],
        "kind": "first-seen",
        "name": _digest(row["customer_id"]),
        "version": row["first_seen"],
        "value": json.dumps(row["first_seen"]),
        "stored_at": row["first_seen"][:24],
    }


def _person(row: Row) -> Row:
    sort = "@" if "@" in row["customer_id"] else "#"
    return {
        "site": row["site"],
        "person": f"{sort}{_digest(row['customer_id'])}",
        "kind": "first-seen",
        "name": _digest(row["customer_id"]),
    }


def _message(row: Row) -> Row:
    return {
        "site": row["site"],
        "identity": _digest(row["message_id"]),
        "reply": row["reply"],
        "sent": row["sent"],
        "stored_at": row["kept_at"],
    }


def _dead_letter(row: Row) -> Row:
    return {
        "id": row["id"],
        "site": row["site"],
        "identity": _digest(row["message_key"] or str(row["id"])),
        "letter": row["letter"],
        "proven": False,  # the token was never checked
        "created_at": row["created_at"],
        "replayed_at": row["replayed_at"],
    }


def _digest(name: str) -> str:
    """Return the SHA-256 of a name; one that was long or odd ends in it already."""
    if len(name) > 64:
        return name[-64:]
    return hashlib.sha256(name.encode()).hexdigest()


def _continue_ids() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('endpoint_dead_letters', 'id'), "
            "coalesce(max(id), 0) + 1, false) FROM endpoint_dead_letters"
        )
