"""The feature benchmark compares like with like: every engine's cells are Vardar's, to the bit."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.features import ENGINES, figures_of
from bench.features_data import FEATURES, write_movements
from bench.features_run import Run, differing_cells, run

pytestmark = pytest.mark.slow

_MOVEMENTS = 5_000
_LIBRARIES = {
    "pandas": "pandas",
    "pandas tuned": "pandas",
    "polars": "polars",
    "polars tuned": "polars",
    "spark": "pyspark",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up movements and the cells Vardar makes of them."""
    folder = tmp_path_factory.mktemp("benchmark")
    write_movements(folder / "movements", _MOVEMENTS)
    run("vardar", folder / "movements", folder / "vardar")
    return folder


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(engine, marks=pytest.mark.nightly if engine == "spark" else ())
        for engine in ENGINES
        if engine != "vardar"
    ],
)
def test_every_cell_by_another_engine_equals_vardars(folder: Path, engine: str) -> None:
    pytest.importorskip(_LIBRARIES[engine], reason="make peers, make spark")
    if engine == "spark" and not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("Spark needs Java; install both: make spark")

    cost = run(engine, folder / "movements", folder / engine)

    written = pq.read_schema(next((folder / engine).glob("*.parquet")))
    assert set(written.names) == {"u", *(feature.name for feature in FEATURES)}
    assert differing_cells(folder / "vardar", folder / engine) == 0
    assert cost.movements == _MOVEMENTS
    assert cost.cpu_seconds > 0
    assert cost.peak_gib > 0


def test_a_single_other_cell_is_counted(folder: Path, tmp_path: Path) -> None:
    table = pq.ParquetDataset(sorted((folder / "vardar").glob("*.parquet"))).read()
    column = table.column_names.index(FEATURES[0].name)
    values = table.column(column).to_numpy().copy()
    values[17] += 1
    pq.write_table(
        table.set_column(column, FEATURES[0].name, pa.array(values)), tmp_path / "table.parquet"
    )

    assert differing_cells(folder / "vardar", tmp_path) == 1


def test_ratios_say_who_is_faster() -> None:
    runs = [
        Run("vardar", 1_000_000, cpu_seconds=4.0, wall_seconds=2.0, peak_gib=1.0),
        Run("pandas", 1_000_000, cpu_seconds=8.0, wall_seconds=8.0, peak_gib=1.0),
        Run("pandas tuned", 1_000_000, cpu_seconds=3.0, wall_seconds=3.0, peak_gib=1.0),
        Run("polars", 1_000_000, cpu_seconds=2.0, wall_seconds=1.0, peak_gib=1.0),
        Run("polars tuned", 1_000_000, cpu_seconds=1.0, wall_seconds=1.0, peak_gib=1.0),
        Run("vardar", 5_000_000, cpu_seconds=22.0, wall_seconds=11.0, peak_gib=3.0),
    ]

    assert figures_of(runs, [1_000_000, 5_000_000]) == {
        "cpu_seconds_per_million": 4.0,
        "ratio_to_pandas": 2.0,  # pandas takes twice Vardar's time
        "ratio_to_pandas_tuned": 0.75,
        "ratio_to_polars": 2.0,  # Vardar takes twice Polars' time
        "ratio_to_polars_tuned": 4.0,
        "growth_1m_to_5m": 5.5,
        "peak_gib": 3.0,
    }
