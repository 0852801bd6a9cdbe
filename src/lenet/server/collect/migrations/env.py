"""Alembic's environment: runs the migrations on the connection that the caller has opened."""

from __future__ import annotations

from alembic import context

from lenet.server.collect.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite alters few things of a table
)
with context.begin_transaction():
    context.run_migrations()
