"""The migration that made the queue quick can be taken back and made again, and finds what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, select

from features.ledger import connection, tables_review
from features.ledger.connection import reading, writing
from tests.deployments import a_home, deployed, submitted

MIGRATIONS = Path(connection.__file__).parent / "migrations"


def test_cases_that_were_there_are_found_by_their_declaration(
    store_url: str, tmp_path: Path
) -> None:
    here = deployed(replace(a_home(tmp_path, heads=()), store=store_url))
    submitted(here, "consignment", declaration_ref="26MKA1")
    submitted(here, "consignment", declaration_ref=None)
    submitted(here, "crossing")

    migrate(here.ledger.engine, command.downgrade, "0004")
    migrate(here.ledger.engine, command.upgrade, "head")

    with reading(here.ledger.engine) as store:
        named = store.execute(select(tables_review.cases.c.declaration_ref)).scalars().all()
    assert sorted(named, key=str) == ["26MKA1", None, None]


def migrate(engine: Engine, way: Callable[[Config, str], None], to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as store:
        config.attributes["connection"] = store
        way(config, to)
