"""A table of integers: made in whole files, gone on with after an interruption, compared cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import table as table_module
from features.assembly import EventsDiffer, assembled
from features.engines import Engine, EngineMissing, session
from features.layout import layouts_of
from features.parts import KeyPart, Plan
from features.spec import MISSING, Feature
from features.table import Cell, Written, differing_cells, write_planned

DAY = 86_400_000_000
_LAYOUTS = layouts_of(
    [Feature("consignee", "declarations", "sum", 7), Feature("hs6", "declarations", "sum", 7)]
)
_PLAN = Plan(
    subject="consignment",
    own=("u", "owner_post"),
    row={"seal_count": "row_consignment_seal_count"},
    parts=tuple(KeyPart(layout) for layout in _LAYOUTS.values()),
    names=("hs6_declarations_7d", "seal_count", "consignee_declarations_7d"),
    version="1",
)


@pytest.fixture
def events(tmp_path: Path) -> Path:
    folder = tmp_path / "events"
    folder.mkdir()
    write_events(folder / "events-2022-01.parquet", first=19_000, count=40)
    write_events(folder / "events-2022-02.parquet", first=19_040, count=20)
    return folder


def test_a_table_holds_own_columns_and_integers_in_the_plans_order(
    events: Path, tmp_path: Path
) -> None:
    written = write(events, tmp_path)

    names = [path.name for path in written.files]
    assert names == ["consignment-2022-01.parquet", "consignment-2022-02.parquet"]
    first = pq.read_table(written.files[0])
    assert first.column_names == ["u", "owner_post", *_PLAN.names]
    assert {first.schema.field(name).type for name in _PLAN.names} == {pa.int64()}
    assert first.slice(0, 3).to_pydict() == {
        "u": [19_000 * DAY, 19_001 * DAY, 19_002 * DAY],
        "owner_post": ["P", "P", "P"],
        "hs6_declarations_7d": [0, 1, 2],
        "seal_count": [0, 1, 2],
        "consignee_declarations_7d": [0, MISSING, 1],
    }
    assert written.rows == 60
    # The seven days before reach into the month before.
    assert pq.read_table(written.files[1])["hs6_declarations_7d"][0].as_py() == 7
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *names,
        "consignment.manifest.json",
    ]


def test_the_same_events_are_not_computed_again(events: Path, tmp_path: Path) -> None:
    first = write(events, tmp_path)
    stamps = [path.stat().st_mtime_ns for path in first.files]

    again = write(events, tmp_path)

    assert first.made == ("consignee", "hs6")
    assert (again.made, again.rows, again.files) == ((), first.rows, first.files)
    assert [path.stat().st_mtime_ns for path in again.files] == stamps


def test_other_events_are_computed_again(events: Path, tmp_path: Path) -> None:
    write(events, tmp_path)
    write_events(events / "events-2022-02.parquet", first=19_040, count=21)

    again = write(events, tmp_path)

    assert again.made == ("consignee", "hs6")
    assert again.rows == 61


def test_an_interrupted_run_leaves_whole_files_only_and_goes_on_where_it_stopped(
    events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = read(write(events, tmp_path / "elsewhere"))
    with monkeypatch.context() as patch:
        patch.setattr(table_module, "assembled", _interrupted_in(2, assembled))
        with pytest.raises(KeyboardInterrupt):
            write(events, tmp_path)
    left = [path for path in (tmp_path / "out").glob("*.parquet") if path.is_file()]
    assert [len(pq.read_table(path)) for path in left] == [40]

    again = write(events, tmp_path)

    assert again.made == ()
    assert again.kept == ("consignee", "hs6")
    assert differing_cells(expected, read(again)) == []


def test_a_part_that_was_interrupted_is_computed_again(
    events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tell(step: str) -> None:
        if step.endswith("hs6"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_planned(events, tmp_path / "out", _PLAN, engine=Engine(threads=1), progress=tell)

    again = write(events, tmp_path)

    assert (again.made, again.kept) == (("hs6",), ("consignee",))


def test_events_of_other_features_are_refused(events: Path, tmp_path: Path) -> None:
    file = events / "events-2022-02.parquet"
    pq.write_table(pq.read_table(file).drop(["row_consignment_seal_count"]), file)

    with pytest.raises(EventsDiffer, match="lacks row_consignment_seal_count: export the ledger"):
        write(events, tmp_path)


def test_events_out_of_order_are_refused(events: Path, tmp_path: Path) -> None:
    file = events / "events-2022-02.parquet"
    table = pq.read_table(file)
    pq.write_table(table.take(list(reversed(range(len(table))))), file)

    with pytest.raises(EventsDiffer, match="not in the order of u"):
        write(events, tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EventsDiffer, match="export the ledger into it first"):
        write(tmp_path, tmp_path)


def test_spark_without_java_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    with pytest.raises(EngineMissing, match="make spark"), session(Engine("spark"), tmp_path):
        pass


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        pytest.param({"b": [4, 5, 7]}, Cell(30, "b", 6, 7), id="another value"),
        pytest.param({"b": [4, 5, None]}, Cell(30, "b", 6, None), id="a null"),
        pytest.param({"post": ["P", "R", "P"]}, Cell(20, "post", "Q", "R"), id="another text"),
        pytest.param({"u": [10, 20, 31]}, Cell(31, "u", 0, 1), id="another movement"),
    ],
)
def test_one_altered_cell_is_named(changes: dict[str, list[Any]], cell: Cell) -> None:
    columns = {"u": [10, 20, 30], "post": ["P", "Q", "P"], "b": [4, 5, 6]}
    expected, found = pa.table(columns), pa.table(columns | changes)

    cells = differing_cells(expected, found)

    assert cell in cells
    assert {c.u for c in cells} <= {cell.u, 30}
    assert differing_cells(expected, expected) == []


def test_the_order_of_rows_does_not_matter() -> None:
    expected = pa.table({"u": [10, 20, 30], "b": [4, 5, 6]})

    assert differing_cells(expected, expected.take([2, 0, 1])) == []


def test_a_movement_there_twice_is_named() -> None:
    expected = pa.table({"u": [10, 20], "b": [4, 5]})

    assert differing_cells(expected, expected.take([0, 1, 1])) == [Cell(20, "u", 1, 2)]


def test_a_column_that_is_missing_or_of_another_type_differs_as_a_whole() -> None:
    expected = pa.table({"u": [10, 20], "b": [4, 5]})
    floats = pa.table({"u": [10, 20], "b": [4.0, 5.0]})

    assert differing_cells(expected, expected.drop(["b"])) == [
        Cell(10, "b", 4, None),
        Cell(20, "b", 5, None),
    ]
    assert [c.name for c in differing_cells(expected, floats)] == ["b", "b"]


def write(events: Path, folder: Path) -> Written:
    return write_planned(events, folder / "out", _PLAN, engine=Engine(threads=1))


def read(written: Written) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in written.files])


def _interrupted_in(call: int, real: Any) -> Any:
    calls: Iterator[int] = iter(range(1, 100))

    def interrupted(*arguments: Any) -> pa.Table:
        if next(calls) == call:
            raise KeyboardInterrupt
        return real(*arguments)

    return interrupted


def write_events(path: Path, *, first: int, count: int) -> None:
    """One consignment a day of one HS subheading; every other one has the consignee."""
    days = list(range(first, first + count))
    columns = {
        "u": [day * DAY for day in days],
        "kind": ["consignment"] * count,
        "owner_post": ["P"] * count,
        "day": days,
        "tile_day": days,
        "closed_days_only": [False] * count,
        "is_movement": [True] * count,
        "key_consignee": pa.array(["a" if day % 2 == 0 else None for day in days], pa.string()),
        "key_hs6": ["930200"] * count,
        "m_declarations": [1] * count,
        "row_consignment_seal_count": [day - first for day in days],
    }
    pq.write_table(pa.table(columns), path)
