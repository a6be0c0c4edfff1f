"""Run migrations over the connection that `starsieve.archive.migrate` passes in."""

from alembic import context

from starsieve.archive.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can hardly ALTER
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
