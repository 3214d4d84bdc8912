"""A table as a file."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import Response

from serving.review.figures.asked import no_such_table
from serving.review.figures.tables import Table, as_csv


def csv_file(tables: Iterable[Table], name: str) -> Response:
    """The table of this name as CSV.

    Raises:
        ProblemError: not-found, where the page shows no such table.
    """
    for table in tables:
        if table.name == name:
            told = {"Content-Disposition": f'attachment; filename="{table.name}.csv"'}
            # The mark makes spreadsheets read UTF-8.
            return Response(
                "\ufeff" + as_csv(table), headers=told, media_type="text/csv; charset=utf-8"
            )
    raise no_such_table()
