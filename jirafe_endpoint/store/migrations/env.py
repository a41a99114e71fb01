"""Runs migrations in the transaction of the connection that `upgrade` hands over."""

from alembic import context

from jirafe_endpoint.store.tables import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
