"""Statements of the hot path: written once in SQLAlchemy, compiled once a dialect, then only sent.

Building and looking up a statement for every record would cost more than the store does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, CursorResult
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

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> CursorResult[Any]:
        """Execute it with these parameters, in the caller's transaction."""
        compiled = self._for(connection)
        return connection.exec_driver_sql(compiled.sql, compiled.given(parameters))

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for each row; nothing for none."""
        if rows:
            compiled = self._for(connection)
            given: Any = [compiled.given(row) for row in rows]
            connection.exec_driver_sql(compiled.sql, given[0] if len(given) == 1 else given)

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
