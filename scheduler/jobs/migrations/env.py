"""Runs the migrations over the connection it is given; `scheduler.jobs.database.migrate` calls."""

from alembic import context

from scheduler.jobs.holdings import TenantRow

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TenantRow.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
