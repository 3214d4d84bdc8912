"""The migrations make the tables that the code reads."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from features.ledger import tables
from features.ledger.connection import reading
from tests.factories import a_ledger


def test_a_migrated_store_has_the_tables_that_are_declared(store_url: str) -> None:
    ledger = a_ledger(store_url)

    with reading(ledger.engine) as connection:
        differences = compare_metadata(MigrationContext.configure(connection), tables.metadata)

    assert differences == []
