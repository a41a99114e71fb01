"""The tables of connected shops, their inbox and their imports.

Personal data is in `endpoint_inbox`, whose rows are deleted once they are processed.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from database.tables import METADATA
from jirafe_endpoint.state.columns import NAME_LENGTH

SHOPS = Table(
    "endpoint_shops",
    METADATA,
    Column("site", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),  # of the shop's API, "" without one
    Column("url", Text, nullable=False),
    Column("secrets", Text, nullable=False),  # encrypted JSON: token, credential, webhook secrets
    Column("parameters", Text, nullable=False),  # JSON
    Column("created_at", String(24), nullable=False),
    Column("reader", String(32), nullable=False, server_default=""),  # the process reading it
    Column("read_at", BigInteger, nullable=False, server_default="0"),  # milliseconds since 1970
)
INBOX = Table(
    "endpoint_inbox",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("site", String(64), nullable=False),
    Column("subject", String(NAME_LENGTH), nullable=False),  # rows of one are processed in order
    Column("headers", Text, nullable=False),  # JSON
    Column("body", Text, nullable=False),
    Column("bytes", Integer, nullable=False),  # of the body
    Column("attempts", Integer, nullable=False),
    Column("received_at", BigInteger, nullable=False),  # these are milliseconds since 1970
    Column("due_at", BigInteger, nullable=False),
    Column("owner", String(32), nullable=False),  # of the lease, "" without one
    Column("leased_until", BigInteger, nullable=False),
    Index("endpoint_inbox_by_due", "site", "due_at"),
    Index("endpoint_inbox_by_subject", "site", "subject", "id", "bytes"),
    Index("endpoint_inbox_by_lease", "leased_until"),
    sqlite_autoincrement=True,
)
IMPORTS = Table(
    "endpoint_shop_imports",
    METADATA,
    Column("site", String(64), primary_key=True),
    Column("list", String(16), primary_key=True),  # orders, products, taxons or customers
    Column("since", String(32), nullable=False),  # "" for everything
    Column("cursor", Text),  # of the next page
    Column("report", Text, nullable=False),  # JSON
    Column("started_at", String(32), nullable=False),
    Column("finished_at", String(32)),
)
