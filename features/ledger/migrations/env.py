"""How Alembic runs the migrations: on the connection that the store hands over."""

from alembic import context

from features.ledger import tables, tables_access  # noqa: F401 (it declares the tables of access)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
