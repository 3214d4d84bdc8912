"""Rules of importing history from files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Row, select

from features.ledger import staging, tables
from features.ledger.connection import reading
from features.ledger.export import export
from features.ledger.quarantine import count_waiting, opened, waiting
from features.ledger.sealing import seal
from features.ledger.staging import Counts, stage_file
from features.ledger.store import Ledger
from features.records.mapping import ImportMapping, Line, load_mapping
from features.registry import FeatureSet
from tests.factories import TestClock, a_ledger, enter

HEADER = "id,version,known,consignee,mass,hs,outcome,outcome_known"

MAPPING = """
name: test
source_system: old-customs
inputs:
  - files: "*.csv"
    records:
      - kind: consignment
        when: {outcome: ["", arms, clean]}
        fields:
          source_record_id: {column: id}
          record_version: {column: version}
          event_at: {column: known, date: "%Y-%m-%dT%H:%M:%SZ"}
          known_at: {column: known, date: "%Y-%m-%dT%H:%M:%SZ"}
          owner_country: {value: MK}
          owner_post: {value: MK001041}
          consignee_id: {column: consignee}
          gross_mass_kg: {column: mass, unit: kg}
        items:
          - item_no: {value: 1}
            commodity_code: {column: hs}
            country_origin: {value: DE}
      - kind: inspection
        when: {outcome: [arms, clean]}
        fields:
          source_system: {value: old-inspections}
          source_record_id: {column: id}
          movement_source_system: {value: old-customs}
          movement_source_record_id: {column: id}
          event_at: {column: known, date: "%Y-%m-%dT%H:%M:%SZ"}
          known_at: {column: outcome_known, date: "%Y-%m-%dT%H:%M:%SZ"}
          owner_country: {value: MK}
          owner_post: {value: MK001041}
          selection_reason: {value: rule}
          control_level: {value: full_unload}
          result: {column: outcome, codes: {arms: arms, clean: nothing_found}}
"""

GOOD = "A1,1,2026-01-05T10:00:00Z,MK4030000375897,100,84314980,,"
FOUND = "A2,1,2026-01-06T10:00:00Z,MK4030000375897,100,84314980,arms,2026-01-20T00:00:00Z"


def test_every_line_is_counted_once_and_the_counts_add_up(tmp_path: Path) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")
    lines = [
        GOOD,
        GOOD,  # the same again
        GOOD.replace(",100,", ",200,"),  # same identity, other content
        GOOD.replace("A1", "B1").replace("84314980", "8431.49"),  # no commodity code
        GOOD.replace("A1", "B2").replace("84314980", "84319999"),  # not in the tariff: a doubt
        GOOD.replace("A1", "B3").replace(",100,", ",1e,"),  # no number
        FOUND,
        "B4,1,2026-01-05T10:00:00Z",  # cells are missing
    ]

    counts = stage_file(ledger, _mapping(tmp_path), _file(tmp_path, lines))

    assert counts == Counts(lines_read=8, accepted=2, flagged=1, quarantined=4, duplicate=1)


def test_what_is_quarantined_keeps_its_line_and_its_reasons(tmp_path: Path) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")
    stage_file(ledger, _mapping(tmp_path), _file(tmp_path, [GOOD, GOOD.replace(",100,", ",-1,")]))

    with reading(ledger.engine) as connection:
        # Same identity with a mass that is refused: the record's own rule comes first.
        (kept,) = waiting(connection)
        assert count_waiting(connection) == 1
        raw = opened(connection, ledger.sealer, kept.quarantine_id)

    assert kept.line == 2
    assert kept.problems[0]["field"] == "/gross_mass_kg"
    assert raw is not None
    assert orjson.loads(raw)["mass"] == "-1"


def test_an_interrupted_import_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")
    monkeypatch.setattr(staging, "_BATCH", 10)
    lines = [GOOD.replace("A1", f"C{n}") for n in range(95)]
    file, mapping = _file(tmp_path, lines), _mapping(tmp_path)
    whole = ImportMapping.lines

    def cut_off(self: ImportMapping, path: Path, *, skip: int = 0) -> Iterator[Line]:
        yield from islice(whole(self, path, skip=skip), 47)
        raise KeyboardInterrupt

    monkeypatch.setattr(ImportMapping, "lines", cut_off)
    with pytest.raises(KeyboardInterrupt):
        stage_file(ledger, mapping, file)
    monkeypatch.setattr(ImportMapping, "lines", whole)

    counts = stage_file(ledger, mapping, file)

    assert counts == Counts(lines_read=95, accepted=95)
    assert seal(ledger).records == 95


def test_history_is_sealed_in_the_order_it_became_known(tmp_path: Path) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")
    later = GOOD.replace("A1", "D1").replace("01-05", "01-10")

    _import(ledger, tmp_path, [FOUND, later, GOOD])

    known = [(r.kind, r.source_record_id) for r in _ledger_rows(ledger)]
    assert known == [
        ("consignment", "A1"),
        ("consignment", "A2"),
        ("consignment", "D1"),
        ("inspection", "A2"),
    ]


def test_an_outcome_known_at_the_same_moment_comes_before_the_movement(tmp_path: Path) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")
    at_once = GOOD.replace("A1", "E1").replace("2026-01-05T10:00:00Z", "2026-01-20T00:00:00Z")

    _import(ledger, tmp_path, [FOUND, at_once])

    assert [r.kind for r in _ledger_rows(ledger)] == ["consignment", "inspection", "consignment"]


def test_an_outcome_known_with_its_movement_is_linked_to_it(tmp_path: Path) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")

    _import(ledger, tmp_path, [FOUND.replace("2026-01-20T00:00:00Z", "2026-01-06T10:00:00Z")])

    movement, inspection = _ledger_rows(ledger)
    assert (movement.kind, inspection.kind) == ("consignment", "inspection")
    assert inspection.movement_u == movement.u


def test_history_from_the_future_is_quarantined(tmp_path: Path) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")

    counts = stage_file(
        ledger, _mapping(tmp_path), _file(tmp_path, [GOOD.replace("2026-01-05", "2199-01-05")])
    )

    assert counts.quarantined == 1


def test_a_version_known_after_its_successor_is_left_out_and_waits(tmp_path: Path) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")
    newer = GOOD.replace("A1,1,2026-01-05", "A1,2,2026-01-03").replace(",100,", ",150,")
    stage_file(ledger, _mapping(tmp_path), _file(tmp_path, [GOOD, newer]))

    sealed = seal(ledger)

    assert (sealed.records, sealed.left_out) == (1, 1)
    with reading(ledger.engine) as connection:
        (kept,) = waiting(connection)
    assert kept.problems[0]["rule"] == "superseded_version"


def test_a_mended_mapping_reads_the_file_again(tmp_path: Path) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")
    file = _file(tmp_path, [GOOD])
    stage_file(ledger, _mapping(tmp_path, MAPPING.replace("unit: kg", "unit: t")), file)

    again = stage_file(ledger, _mapping(tmp_path), file)

    # Read anew, and found to say something else than what the first mapping made of it.
    assert again == Counts(lines_read=1, quarantined=1)


def test_the_same_lines_under_another_name_are_duplicates(tmp_path: Path) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")
    mapping = _mapping(tmp_path)
    stage_file(ledger, mapping, _file(tmp_path, [GOOD]))

    copied = stage_file(ledger, mapping, _file(tmp_path, [GOOD], name="copy.csv"))

    assert copied == Counts(lines_read=1, duplicate=1)


def test_what_arrives_after_the_seal_is_known_from_now_on(tmp_path: Path) -> None:
    clock = TestClock()
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db", clock)
    _import(ledger, tmp_path, [GOOD])

    _import(ledger, tmp_path, [GOOD.replace("A1", "F1")], name="late.csv")

    assert _ledger_rows(ledger)[-1].u >= clock()


def test_a_backfill_gives_old_events_their_place_in_a_new_epoch(tmp_path: Path) -> None:
    clock = TestClock()
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db", clock)
    _import(ledger, tmp_path, [GOOD])
    enter(ledger, "consignment", source_record_id="live")
    stage_file(
        ledger, _mapping(tmp_path), _file(tmp_path, [GOOD.replace("A1", "G1")], name="old.csv")
    )

    seal(ledger, backfill=True)

    assert ledger.epoch.number == 2
    rows = _ledger_rows(ledger)
    assert [r.source_record_id for r in rows] == ["A1", "G1", "live"]
    assert rows[-1].u == clock()
    with reading(ledger.engine) as connection:
        first = select(tables.ledger.c.source_record_id).where(tables.ledger.c.epoch == 1)
        assert set(connection.execute(first).scalars()) == {"A1", "live"}


def test_a_staged_amendment_takes_the_earlier_version_back(tmp_path: Path) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")
    amended = GOOD.replace("A1,1,2026-01-05", "A1,2,2026-01-08").replace(",100,", ",150,")

    _import(ledger, tmp_path, [GOOD, amended])

    first, back, second = _ledger_rows(ledger)
    assert (back.takes_back, back.tile_day, back.record_version) == (first.u, first.tile_day, 1)
    assert second.record_version == 2


def test_seals_of_the_same_files_give_the_same_ledger(tmp_path: Path) -> None:
    rows = []
    for name in ("one", "two"):
        ledger = a_ledger(f"sqlite:///{tmp_path}/{name}.db")
        _import(ledger, tmp_path, [FOUND, GOOD, GOOD.replace("A1", "H1")])
        rows.append([tuple(r) for r in _ledger_rows(ledger)])

    assert rows[0] == rows[1]


def test_a_record_sent_live_while_it_lay_staged_is_sealed_once(tmp_path: Path) -> None:
    clock = TestClock()
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db", clock)
    stage_file(ledger, _mapping(tmp_path), _file(tmp_path, [GOOD]))
    enter(ledger, "consignment", source_system="old-customs", source_record_id="A1")

    seal(ledger)

    assert [r.source_record_id for r in _ledger_rows(ledger)] == ["A1"]
    with reading(ledger.engine) as connection:
        (kept,) = waiting(connection)
    assert kept.problems[0]["rule"] == "conflicting_duplicate"


def test_a_new_attribute_is_known_of_earlier_records_too(tmp_path: Path) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")
    enter(ledger, "consignment", extension={"speed": 7.5})

    seal(ledger, features=FeatureSet((), (("speed", "numeric"),)))

    (path,) = export(ledger, tmp_path / "events").files
    rows = pq.read_table(path).to_pylist()
    assert [row["row_consignment_extension_speed"] for row in rows] == [7500]


def test_an_export_can_be_made_by_earlier_features(tmp_path: Path) -> None:
    ledger = a_ledger(f"sqlite:///{tmp_path}/l.db")
    enter(ledger, "consignment", extension={"speed": 7.5})
    before = ledger.epoch
    seal(ledger, features=FeatureSet((), (("speed", "numeric"),)))
    past = Ledger(ledger.engine, ledger.keyring, clock=ledger.clock)
    past.epoch = before

    (path,) = export(past, tmp_path / "events").files

    (row,) = pq.read_table(path).to_pylist()
    assert "row_consignment_extension_speed" not in row
    assert row["row_consignment_item_count"] == 1


def _import(ledger: Ledger, folder: Path, lines: list[str], *, name: str = "in.csv") -> None:
    stage_file(ledger, _mapping(folder), _file(folder, lines, name=name))
    seal(ledger)
    assert ledger.epoch.number >= 1


def _ledger_rows(ledger: Ledger) -> list[Row[Any]]:
    query = (
        select(tables.ledger)
        .where(tables.ledger.c.epoch == ledger.epoch.number)
        .order_by(tables.ledger.c.u)
    )
    with reading(ledger.engine) as connection:
        return list(connection.execute(query))


def _file(folder: Path, lines: list[str], *, name: str = "in.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    return path


def _mapping(folder: Path, text: str = MAPPING) -> ImportMapping:
    path = folder / "mapping.yaml"
    path.write_text(text, "utf-8")
    return load_mapping(path)
