"""How Alembic runs the migrations: on the connection that the store hands over."""

from alembic import context

from features.ledger import tables, tables_access, tables_review  # noqa: F401 (they declare tables)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
