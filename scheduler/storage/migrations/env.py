"""Runs the migrations on a connection of `scheduler.storage.database.migrate`."""

from alembic import context

from scheduler.storage.tenant_tables import TenantRow

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TenantRow.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
