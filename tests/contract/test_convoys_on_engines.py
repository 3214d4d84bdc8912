"""The tree of convoys on DuckDB and on Spark, from Parquet: every cell equals the online replay's."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from features.engines import Engine, session
from features.table import differing_cells
from tests.convoys import crossings, offline_table_on, online_table, packed


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(Engine(), marks=pytest.mark.slow),
        pytest.param(
            Engine("spark", master="local-cluster[2,1,1024]", memory="1GiB"),
            marks=[
                pytest.mark.nightly,
                pytest.mark.skipif(
                    find_spec("pyspark") is None or shutil.which("java") is None,
                    reason="Spark needs PySpark and Java 17: make spark",
                ),
            ],
        ),
    ],
    ids=lambda engine: engine.kind,
)
def test_hundreds_of_ledgers_give_the_same_convoys_on_each_engine(
    engine: Engine, tmp_path: Path
) -> None:
    seen = packed([crossings(seed) for seed in range(300)])

    with session(engine, tmp_path / "work") as opened:
        if engine.kind == "spark":  # little data: 200 tasks a step would only wait for each other
            opened.connection.raw_sql("SET spark.sql.shuffle.partitions = 4")
        found = offline_table_on(opened, seen, tmp_path)

    assert differing_cells(online_table(seen), found) == []
