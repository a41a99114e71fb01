"""The current tables of the endpoint; `database/migrations/` has their history.

Personal data is in `endpoint_facts` (what was last sent of carts, orders and customers),
`endpoint_people` (digests of the people that facts are about), `endpoint_messages` (the
notifications of a reply) and `endpoint_dead_letters` (whole messages without secret parameters).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from database.tables import METADATA
from jirafe_endpoint.state.columns import DIGEST_LENGTH, NAME_LENGTH


def _site() -> Column[str]:
    return Column("site", String(64), primary_key=True)


def _key() -> tuple[Column[str], Column[str]]:
    return (
        Column("kind", String(32), primary_key=True),
        Column("name", String(NAME_LENGTH), primary_key=True),
    )


# Versions are compared as strings, byte by byte on Postgres too.
_VERSION = Text().with_variant(Text(collation="C"), "postgresql")

LEASES = Table(
    "endpoint_leases",
    METADATA,
    _site(),
    *_key(),
    Column("owner", String(32), nullable=False),
    Column("until", BigInteger, nullable=False),  # milliseconds since 1970
    sqlite_with_rowid=False,
)
MESSAGES = Table(
    "endpoint_messages",
    METADATA,
    _site(),
    Column("identity", String(DIGEST_LENGTH), primary_key=True),
    Column("reply", Text),  # JSON; NULL until the message is finished
    Column("sent", Text, nullable=False),  # JSON: fingerprints of the events accepted so far
    Column("stored_at", String(24), nullable=False),
    Index("endpoint_messages_by_age", "stored_at"),
    sqlite_with_rowid=False,
)
FACTS = Table(
    "endpoint_facts",
    METADATA,
    _site(),
    *_key(),
    Column("version", _VERSION, nullable=False),
    Column("value", Text, nullable=False),  # JSON
    Column("stored_at", String(24), nullable=False),
    Index("endpoint_facts_by_age", "stored_at"),
)
PEOPLE = Table(
    "endpoint_people",
    METADATA,
    _site(),
    Column("person", String(1 + DIGEST_LENGTH), primary_key=True),
    *_key(),  # of a fact about that person
    Index("endpoint_people_by_fact", "site", "kind", "name"),
    sqlite_with_rowid=False,
)
DEAD_LETTERS = Table(
    "endpoint_dead_letters",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("site", String(64), nullable=False),
    Column("identity", String(DIGEST_LENGTH), nullable=False),
    Column("letter", Text, nullable=False),  # JSON: message_id, type, payload and errors
    Column("bytes", Integer, nullable=False),  # of the letter
    Column("proven", Boolean, nullable=False),  # the sender's token was the site's
    Column("created_at", String(24), nullable=False),
    Column("replayed_at", String(24)),
    UniqueConstraint("site", "identity", name="endpoint_dead_letters_by_message"),
    Index("endpoint_dead_letters_by_age", "created_at"),
    Index("endpoint_dead_letters_by_site", "site", "id", "bytes"),
    sqlite_autoincrement=True,
)
