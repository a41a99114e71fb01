"""Run migrations in the transaction of the connection that `upgrade` passes."""

from alembic import context

from database.migrations import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
