"""Alembic's migrations of the database; `lenet.server.collect.database` runs them."""
