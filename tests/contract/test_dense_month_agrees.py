"""A month of the made-up years lived through record by record: every cell is found again offline.

What is answered live by SQLite and by PostgreSQL, DuckDB makes again of the export, and Spark too.
The short form is a thin month; the nightly one is a month of `dense` as it is, some 170,000 movements.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engines import Engine
from features.ledger.arrivals import Arrival, arrival, microseconds
from features.ledger.connection import writing
from features.ledger.entering import Entered, Entering, IdentityConflict
from features.ledger.export import export
from features.ledger.store import Ledger, set_features
from features.records.check import CheckSettings, check_record
from features.records.mapping import ImportMapping, load_mapping, payloads
from features.records.problems import RecordRefused
from features.records.reference import REFERENCE
from features.registry import SUBJECTS, FeatureSet
from features.table import differing_cells, write_table
from tests.factories import TestClock, a_ledger
from training.scenario.files.draw import draw
from training.scenario.profile import load_profile

_MAPPING = REFERENCE.parent / "mappings" / "scenario.yaml"
_FILES = ("consignments.csv", "crossings.csv", "inspections.csv", "incidents.csv")
_DAYS = 31
_LATER = datetime(2030, 1, 1, tzinfo=UTC)
_ANY_AGE = CheckSettings(future_minutes=None, retention_days=None)
_IN_ONE_COMMIT = 64

#: A thin month, and a whole one at the pace of `dense`: 2,000,000 movements a year.
_THIN, _WHOLE = 2_500, 2_000_000 * _DAYS // 365


@pytest.mark.slow
def test_a_thin_month_answered_live_is_found_again_offline(store_url: str, tmp_path: Path) -> None:
    assert_found_again(store_url, tmp_path, movements=_THIN, engines=[Engine()])


@pytest.mark.nightly
@pytest.mark.skipif(
    find_spec("pyspark") is None or shutil.which("java") is None,
    reason="Spark needs PySpark and Java 17: make spark",
)
def test_a_month_of_dense_answered_live_is_found_again_on_both_engines(
    store_url: str, tmp_path: Path
) -> None:
    engines = [Engine(), Engine("spark", master="local-cluster[2,1,1024]")]
    assert_found_again(store_url, tmp_path, movements=_WHOLE, engines=engines)


@pytest.mark.slow
def test_one_other_cell_in_a_month_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    answered, tables = lived(url, tmp_path, movements=400, engines=[Engine()])
    live, offline = answered["crossing"], tables[0]["crossing"]
    place = live.column_names.index("vehicle_crossings_90d")
    values = live.column(place).to_pylist()
    values[7] += 1
    other = live.set_column(place, "vehicle_crossings_90d", pa.array(values, pa.int64()))

    assert differing_cells(live, offline) == []
    (cell,) = differing_cells(other, offline)
    assert (cell.u, cell.name) == (live["u"][7].as_py(), "vehicle_crossings_90d")


def assert_found_again(url: str, folder: Path, *, movements: int, engines: list[Engine]) -> None:
    answered, tables = lived(url, folder, movements=movements, engines=engines)
    for subject, live in answered.items():
        assert live.num_rows > movements / 10
        for of_engine in tables:
            assert differing_cells(live, of_engine[subject]) == []


def lived(
    url: str, folder: Path, *, movements: int, engines: list[Engine]
) -> tuple[dict[str, pa.Table], list[dict[str, pa.Table]]]:
    """Integers by subject: as answered live, and as each engine makes them of the export."""
    profile = replace(load_profile("dense"), days=_DAYS, movements=movements)
    draw(profile, seed=3, out=folder / "drawn", processes=1)
    mapping = load_mapping(_MAPPING)
    features = FeatureSet(mapping.extra_keys, tuple(sorted(mapping.extension.items())))
    ledger = a_ledger(url)
    with writing(ledger.engine) as connection:
        set_features(connection, 1, features)
    ledger.forget_epoch()
    answered = lived_through(ledger, list(arrivals_of(ledger, mapping, folder / "drawn")))
    export(ledger, folder / "events")
    tables = []
    for engine in engines:
        out = folder / engine.kind
        made = {}
        for subject, live in answered.items():
            written = write_table(folder / "events", out, features, subject, engine=engine)
            made[subject] = pa.concat_tables([pq.read_table(f) for f in written.files]).select(
                live.column_names
            )
        tables.append(made)
    return answered, tables


def arrivals_of(ledger: Ledger, mapping: ImportMapping, folder: Path) -> Iterator[Arrival]:
    """What an import would take of the files, line by line."""
    for name in _FILES:
        source = mapping.input_of(folder / name)
        for line in mapping.lines(folder / name):
            try:
                made = [
                    arrival(
                        kind,
                        check_record(kind, payload, now=_LATER, settings=_ANY_AGE),
                        ledger.pseudonymiser,
                    )
                    for kind, payload in payloads(source, line)
                ]
            except RecordRefused:
                continue
            yield from made


def lived_through(ledger: Ledger, arrivals: list[Arrival]) -> dict[str, pa.Table]:
    """The integers of each movement as answered when it came in, by subject, ordered by u."""
    clock = ledger.clock
    assert isinstance(clock, TestClock)
    arrivals.sort(key=_known_at)
    rows: dict[str, list[tuple[int, dict[str, int]]]] = {subject: [] for subject in SUBJECTS}
    for start in range(0, len(arrivals), _IN_ONE_COMMIT):
        with writing(ledger.engine) as connection:
            entering = Entering(ledger, connection)
            for one in arrivals[start : start + _IN_ONE_COMMIT]:
                clock.now = _known_at(one)
                try:
                    place = entering.enter(one)
                except IdentityConflict:
                    continue
                if isinstance(place, Entered) and one.kind in rows:
                    rows[one.kind].append((place.u, place.integers))
            entering.finish()
    return {subject: _table(ledger, subject, of) for subject, of in rows.items()}


def _known_at(one: Arrival) -> int:
    return microseconds(one.record.known_at or one.record.event_at)


def _table(ledger: Ledger, subject: str, rows: list[tuple[int, dict[str, int]]]) -> pa.Table:
    names = ledger.features.integer_names[subject]
    values = np.array([[integers[name] for name in names] for _, integers in rows], np.int64)
    columns = {name: values[:, place] for place, name in enumerate(names)}
    return pa.table({"u": np.array([u for u, _ in rows], np.int64), **columns})
