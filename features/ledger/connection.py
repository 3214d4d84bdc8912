"""How a store is opened: SQLite embedded or PostgreSQL, migrated to today's tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from features.errors import VardarError
from features.ledger.checkpoints import Checkpoints
from features.ledger.prepared import fetched, sent

# One writer at a time orders the ledger on PostgreSQL: an arbitrary constant, ours alone.
_WRITER_LOCK = 7_242_110_905


#: How long a transaction waits for the right to write.
_WAIT_MILLISECONDS = 30_000


class StoreUnavailable(VardarError):
    """The store cannot be opened or reached."""


class StoreBusy(VardarError):
    """Somebody else is writing just now."""


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
    engine = create_engine(
        parsed,
        pool_pre_ping=parsed.get_backend_name() == "postgresql",
        # The connection used last: its pages are cached.
        pool_use_lifo=True,
    )
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


class Writing:
    """Transactions as `writing` has them, one after the other, over a connection that is kept in between.

    An embedded store forgets the pages it has read when it is opened anew, or when another connection
    wrote meanwhile; and taking one from the pool, and giving it back, costs a third of a small transaction.
    A server's connection may have been cut in between, which the pool finds out: there none is kept.

    One thread at a time.

    Attributes:
        alone: Within a transaction, whether nobody else has written since the last one: what was read then
            still holds. Of a server it is not known, and False.
    """

    def __init__(self, engine: Engine) -> None:
        self.alone = False
        self._engine = engine
        self._kept: Connection | None = None
        self._checkpoints = Checkpoints(engine)
        #: What SQLite calls the state that others left the file in.
        self._version: int | None = None

    @contextmanager
    def transaction(self, *, wait: bool = True) -> Iterator[Connection]:
        """A transaction that holds the right to write; after one that fails the connection is a new one.

        Args:
            wait: Whether to wait while somebody else writes; only an embedded store can do without.

        Raises:
            StoreBusy: without waiting, when somebody else writes; nothing was begun.
        """
        if self._engine.dialect.name != "sqlite":
            with writing(self._engine) as connection:
                yield connection
            return
        kept = self._kept = self._kept or self._new()
        try:
            with _begun(kept, wait=wait):
                version = _data_version(kept)
                self.alone, self._version = version == self._version, version
                yield kept
        except StoreBusy:
            raise
        except BaseException:
            self._forget()
            raise
        self._checkpoints.committed(kept.connection.dbapi_connection)

    def close(self) -> None:
        """Give the connection back; after it there are no more transactions."""
        self._forget()
        self._checkpoints.close()

    def _new(self) -> Connection:
        kept = self._engine.connect().execution_options(vardar_writes=True)
        # It waits for others otherwise than those of the pool, and is not to come among them.
        kept.detach()
        driver: Any = kept.connection.dbapi_connection
        _wait_for_others(driver, milliseconds=0)
        self._checkpoints.begin(driver)
        return kept

    def _forget(self) -> None:
        kept, self._kept = self._kept, None
        self._version = None
        if kept is not None:
            kept.close()


def _data_version(connection: Connection) -> int:
    """Changes whenever another connection has committed, and with no commit of this one."""
    (version,) = fetched(connection, "PRAGMA data_version", ())[0]
    return int(version)


def _begun(connection: Connection, *, wait: bool) -> RootTransaction:
    """A transaction on a connection that by itself waits for nobody."""
    try:
        return connection.begin()
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", None) != SQLITE_BUSY:
            raise
        if not wait:
            raise StoreBusy("Somebody else is writing.") from error
    driver: Any = connection.connection.dbapi_connection
    _wait_for_others(driver, milliseconds=_WAIT_MILLISECONDS)
    try:
        return connection.begin()
    finally:
        _wait_for_others(driver, milliseconds=0)


def _wait_for_others(driver: Any, *, milliseconds: int) -> None:
    driver.execute(f"PRAGMA busy_timeout = {milliseconds}").close()


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
        f"busy_timeout = {_WAIT_MILLISECONDS}",
        "cache_size = -65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads and then writes can fail half-way; a writer locks first.
    writes = connection.get_execution_options().get("vardar_writes", False)
    sent(connection, "BEGIN IMMEDIATE" if writes else "BEGIN", [()])


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
