"""Run by Alembic for one service; chassis.migrate hands over the connection and the metadata."""

from __future__ import annotations

from alembic import context

settings = context.config.attributes

context.configure(
    connection=settings["connection"],
    target_metadata=settings["metadata"],
    compare_type=True,
    transaction_per_migration=True,
    render_as_batch=settings["connection"].dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
