"""How Alembic runs the migrations: on the connection that the store hands over."""

from alembic import context

from features.ledger.tables_access import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
