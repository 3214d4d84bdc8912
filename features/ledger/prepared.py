"""Statements of the hot path: written once in SQLAlchemy, compiled once a dialect, then only sent.

Building a statement for every record, and a result around its rows, would cost more than the store does.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement


class Prepared:
    """A statement whose parameters are all named, and whose values the driver takes as they are.

    Values pass no type of SQLAlchemy's on their way: integers, texts, booleans and bytes only.

    Args:
        statement: The statement; for an insert, name its columns in `columns`.
        columns: The columns an insert fills.
    """

    def __init__(self, statement: ClauseElement, *, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = None if columns is None else list(columns)
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, parameters: Mapping[str, Any]) -> list[Any]:
        """The rows it finds, in the caller's transaction: tuples whose values have names.

        Raises:
            SQLAlchemyError: as SQLAlchemy itself would.
        """
        compiled = self._for(connection)
        found = fetched(connection, compiled.sql, compiled.given(parameters))
        return list(map(self._row._make, found)) if found else []

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for each row; nothing for none.

        Raises:
            SQLAlchemyError: as SQLAlchemy itself would.
        """
        if rows:
            compiled = self._for(connection)
            sent(connection, compiled.sql, [compiled.given(row) for row in rows])

    @cached_property
    def _row(self) -> Any:
        statement: Any = self._statement
        return namedtuple("Row", statement.selected_columns.keys())

    def _for(self, connection: Connection) -> _Compiled:
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            made: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)
            names = tuple(made.positiontup) if made.positional else None
            constants = {name: value for name, value in made.params.items() if value is not None}
            found = self._compiled[dialect.name] = _Compiled(str(made), names, constants)
        return found


class _Compiled(NamedTuple):
    """A statement as one driver takes it.

    Attributes:
        names: Its parameters in their order; None where the driver takes them by name.
        constants: Parameters that the statement itself gives, such as a limit.
    """

    sql: str
    names: tuple[str, ...] | None
    constants: dict[str, Any]

    def given(self, parameters: Mapping[str, Any]) -> Any:
        """The parameters in the driver's form."""
        if self.constants:
            parameters = {**self.constants, **parameters}
        if self.names is None:
            return dict(parameters)
        return tuple([parameters[name] for name in self.names])


def fetched(connection: Connection, sql: str, parameters: Any) -> list[Any]:
    """The rows that a driver's own text finds, in the caller's transaction.

    Raises:
        SQLAlchemyError: as SQLAlchemy itself would.
    """
    if _observed(connection):
        return list(connection.exec_driver_sql(sql, parameters))
    cursor: Any = connection.connection.cursor()
    try:
        cursor.execute(sql, parameters)
        found: list[Any] = cursor.fetchall()
    except _driver_error(connection) as error:
        raise _told(error, connection, sql) from error
    finally:
        cursor.close()
    return found


def sent(connection: Connection, sql: str, rows: Sequence[Any]) -> None:
    """A driver's own text executed for each row of parameters; raises as `fetched`."""
    if _observed(connection):
        connection.exec_driver_sql(sql, list(rows))
        return
    cursor: Any = connection.connection.cursor()
    try:
        if len(rows) == 1:
            cursor.execute(sql, rows[0])
        else:
            cursor.executemany(sql, rows)
    except _driver_error(connection) as error:
        raise _told(error, connection, sql) from error
    finally:
        cursor.close()


def _observed(connection: Connection) -> bool:
    """Whether somebody listens to statements; then they take SQLAlchemy's own way."""
    heard: Any = connection.dispatch
    return bool(heard.before_cursor_execute or heard.after_cursor_execute)


def _driver_error(connection: Connection) -> Any:
    """What the driver raises; asked for only when something is raised."""
    driver: Any = connection.dialect.dbapi
    return driver.Error


def _told(error: Exception, connection: Connection, sql: str) -> Exception:
    """What the driver raised, as SQLAlchemy tells it."""
    # Values of the statement stay out: they may be a record's.
    told: Exception = DBAPIError.instance(
        sql,
        None,
        error,
        _driver_error(connection),
        hide_parameters=True,
        dialect=connection.dialect,
    )
    return told
