"""The lines of a CSV or Parquet file, one by one, in bounded memory."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from features.records.mapping_file import MappingRefused
from features.records.problems import FieldProblem

#: Rows of Parquet held in memory at a time.
_BATCH = 2048


@dataclass(frozen=True, slots=True)
class Line:
    """One line of data.

    Attributes:
        number: 1 for the first line of data, whatever the header takes.
        raw: Cells by column; all of them, mapped or not.
        problem: Why the line cannot be read, if it cannot.
    """

    number: int
    raw: dict[str, object]
    problem: FieldProblem | None = None


def column_names(path: Path, *, delimiter: str) -> tuple[str, ...]:
    """The file's columns; refused if one is named twice or the file has none."""
    if _is_parquet(path):
        return tuple(_parquet(path).schema_arrow.names)
    with _open(path) as text:
        names = tuple(next(csv.reader(text, delimiter=delimiter), ()))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        what = f"names columns twice: {', '.join(twice)}" if twice else "has no header"
        raise MappingRefused(f"The file {path.name} {what}; mend its first line.")
    return names


def read_lines(path: Path, *, delimiter: str, skip: int = 0) -> Iterator[Line]:
    """The lines after the first `skip` lines of data."""
    if _is_parquet(path):
        return islice(_parquet_lines(path), skip, None)
    return islice(_csv_lines(path, delimiter), skip, None)


def _csv_lines(path: Path, delimiter: str) -> Iterator[Line]:
    with _open(path) as text:
        rows = csv.reader(text, delimiter=delimiter)
        header = next(rows)
        width, number = len(header), 0
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except (EOFError, OSError, zlib.error) as error:
                raise MappingRefused(
                    f"The file {path.name} breaks off after line {number}: {error}; get it again."
                ) from error
            except csv.Error as error:
                number += 1
                message = f"The line is no CSV ({error}); mend it."
                yield Line(number, {}, FieldProblem("", "malformed_csv", message))
                continue
            if not row:  # a blank line is no line of data
                continue
            number += 1
            if len(row) == width and "".join(row).isascii():
                yield Line(number, dict(zip(header, row, strict=True)))
            else:
                yield _odd_line(number, header, row)


def _odd_line(number: int, header: list[str], row: list[str]) -> Line:
    raw: dict[str, object] = dict(zip(header, row, strict=False))
    if len(row) != len(header):
        message = f"The line has {len(row)} cells, the header {len(header)}; mend the line."
        return Line(number, raw, FieldProblem("", "wrong_number_of_cells", message))
    try:
        "".join(row).encode()
    except UnicodeEncodeError:
        message = "The line is not UTF-8; save the file as UTF-8."
        return Line(number, {}, FieldProblem("", "not_utf8", message))
    return Line(number, raw)


def _parquet_lines(path: Path) -> Iterator[Line]:
    number = 0
    for batch in _parquet(path).iter_batches(batch_size=_BATCH):
        for row in batch.to_pylist():
            number += 1
            yield Line(number, row)


def _is_parquet(path: Path) -> bool:
    if path.suffix == ".parquet":
        return True
    if path.name.endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz")):
        return False
    raise MappingRefused(f"The file {path.name} is neither .csv, .csv.gz nor .parquet; convert it.")


def _parquet(path: Path) -> Any:
    from pyarrow import parquet

    return parquet.ParquetFile(path)


def _open(path: Path) -> IO[str]:
    # A byte that is not UTF-8 spoils its line, not the file: it is smuggled through and found there.
    if path.name.endswith(".gz"):
        packed = gzip.open(path, "rb")  # noqa: SIM115 - closed with the text around it
        return io.TextIOWrapper(packed, "utf-8-sig", errors="surrogateescape", newline="")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
