"""How a store is opened: SQLite embedded or PostgreSQL, migrated to today's tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from features.errors import VardarError

# One writer at a time orders the ledger on PostgreSQL: an arbitrary constant, ours alone.
_WRITER_LOCK = 7_242_110_905


class StoreUnavailable(VardarError):
    """The store cannot be opened or reached."""


def open_engine(url: str) -> Engine:
    """An engine on a migrated store.

    Args:
        url: `sqlite:///path/to/file.db` or `postgresql://user@host/name`.

    Raises:
        StoreUnavailable: if the store cannot be reached, or is of a newer version.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    elif parsed.get_backend_name() != "sqlite":
        msg = f"A store is sqlite:///FILE or postgresql://…, not {parsed.drivername}."
        raise StoreUnavailable(msg)
    elif parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() == "postgresql")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        _migrate(engine)
    except SQLAlchemyError as error:
        msg = (
            f"The store {parsed.render_as_string(hide_password=True)} cannot be opened: "
            f"{error.__cause__ or error}. Check the address and that it is running."
        )
        raise StoreUnavailable(msg) from error
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the right to write, so that the order of u is the order of commits."""
    with engine.connect().execution_options(vardar_writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the store and changes nothing."""
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        # By default each statement there would see what was committed just before it.
        options["isolation_level"] = "REPEATABLE READ"
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def _tune_sqlite(raw: Any, _record: object) -> None:
    # SQLAlchemy begins transactions itself (see _begin_sqlite), so the driver must not.
    raw.isolation_level = None
    cursor = raw.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # an answered request survives a power cut
        "busy_timeout = 30000",
        "cache_size = -65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads and then writes can fail half-way; a writer locks first.
    writes = connection.get_execution_options().get("vardar_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
