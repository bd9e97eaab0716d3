"""Alembic's entry: runs on the connection that the store hands in, never on an address of its own."""

from alembic import context

from belnota.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
