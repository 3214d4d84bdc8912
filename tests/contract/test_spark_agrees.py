"""The same Ibis trees on Spark: every cell equals the online replay's and DuckDB's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engines import Engine, Session, session
from features.parts import KeyPart, Plan
from features.table import differing_cells, write_planned
from tests.feature_cells import (
    KINDS,
    LAYOUTS,
    MEASURES,
    memory_table,
    offline_table,
    online_table,
    random_ledgers,
)
from tests.ledgers import Entry, events_frame

pytestmark = [
    pytest.mark.skipif(
        find_spec("pyspark") is None or shutil.which("java") is None,
        reason="Spark needs PySpark and Java 17: make spark",
    ),
]

# Two executors of their own, so that rows really travel between processes.
_MASTER = "local-cluster[2,1,1024]"


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = Engine("spark", master=_MASTER, memory="1GiB")
    with session(engine, tmp_path_factory.mktemp("spark")) as opened:
        yield opened


@pytest.mark.slow
def test_hundreds_of_ledgers_give_the_same_cells_on_spark(spark: Session, tmp_path: Path) -> None:
    assert_cells_agree(spark, random_ledgers(300), tmp_path)


@pytest.mark.slow
def test_a_table_written_by_spark_equals_duckdbs(spark: Session, tmp_path: Path) -> None:
    entries = random_ledgers(100)
    events = pq.read_table(written(entries, tmp_path))
    kinds = pa.array(["consignment"] * len(events))
    pq.write_table(events.append_column("kind", kinds), tmp_path / "events-2022-01.parquet")
    plan = Plan(
        subject="consignment",
        own=("u",),
        row={},
        parts=tuple(KeyPart(layout) for layout in LAYOUTS.values()),
        names=tuple(f.name for layout in LAYOUTS.values() for f in layout.features),
        version="1",
    )
    tables = [
        pq.read_table(write_planned(tmp_path, tmp_path / engine.kind, plan, engine=engine).files[0])
        for engine in (Engine(), Engine("spark", master=_MASTER))
    ]

    assert len(tables[0]) > 300
    assert differing_cells(*tables) == []
    # What was written can be read by either.
    assert spark.arrow(spark.read([tmp_path / "duckdb" / "consignment-2022-01.parquet"])).equals(
        tables[0]
    )


@pytest.mark.nightly
def test_thousands_of_ledgers_give_the_same_cells_on_spark(spark: Session, tmp_path: Path) -> None:
    assert_cells_agree(spark, random_ledgers(3000), tmp_path)


def assert_cells_agree(spark: Session, entries: list[Entry], folder: Path) -> None:
    assert any(e.tile_day < e.day for e in entries)
    events = spark.read([written(entries, folder)])
    for kind in KINDS:
        found = offline_table(events, kind, corrected=True, by=spark)

        assert set(found.schema.types) == {pa.int64()}
        assert len(found) > len(entries) // 4
        assert differing_cells(online_table(entries, kind), found) == []
        ours = offline_table(memory_table(entries), kind, corrected=True)
        assert differing_cells(ours, found) == []


def written(entries: list[Entry], folder: Path) -> Path:
    """The entries as one Parquet file of events."""
    frame = events_frame(entries, kinds=KINDS, measures=MEASURES)
    schema = pa.schema(
        [
            ("u", pa.int64()),
            ("day", pa.int64()),
            ("tile_day", pa.int64()),
            ("closed_days_only", pa.bool_()),
            ("is_movement", pa.bool_()),
            *((f"key_{kind}", pa.string()) for kind in KINDS),
            *((f"m_{measure}", pa.int64()) for measure in MEASURES),
        ]
    )
    path = folder / "events-2022-01.parquet"
    pq.write_table(pa.Table.from_pandas(frame, schema, preserve_index=False), path)
    return path
