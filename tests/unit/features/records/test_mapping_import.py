"""How files become records by an import mapping."""

import gzip
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from features.records.check import CheckSettings, check_record
from features.records.mapping import ImportMapping, MappingRefused, load_mapping, payloads
from features.records.problems import RecordRefused

ROOT = Path(__file__).parents[4]
KCS = ROOT.parent / "shared/data/kcs"

MAPPING = """
name: posts
source_system: xk-posts
inputs:
  - files: "*"
    delimiter: ";"
    records:
      - kind: crossing
        when: {typ: [L, B]}
        fields:
          source_record_id: {column: id}
          event_at: {column: at, date: iso, zone: Europe/Belgrade}
          owner_country: {value: XK}
          owner_post: {value: Merdare}
          bcp_id: {value: XK-RS-01}
          direction: {value: entry}
          vehicle_class: {column: typ, codes: {L: N3, B: M3}}
          weighbridge_kg: {column: mass, unit: t, decimal: ","}
        keys:
          depot: {column: depot}
        extra:
          cargo: {column: cargo, type: categorical}
"""
HEADER = "id;at;typ;mass;depot;cargo;note"


@pytest.fixture
def mapping(tmp_path: Path) -> ImportMapping:
    return mapped(tmp_path, MAPPING)


def mapped(folder: Path, text: str) -> ImportMapping:
    path = folder / "mapping.yaml"
    path.write_text(textwrap.dedent(text), "utf-8")
    return load_mapping(path)


def csv_file(folder: Path, *lines: str, name: str = "a.csv") -> Path:
    path = folder / name
    text = "\n".join((HEADER, *lines)) + "\n"
    path.write_bytes(text.encode("utf-8-sig", "surrogateescape"))
    return path


def test_a_line_becomes_a_payload_and_unmapped_columns_are_told(
    mapping: ImportMapping, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, "7;2026-11-02T08:00:00;L;38,1;D1;reefer;seen")

    (line,) = mapping.lines(path)

    ((kind, payload),) = payloads(mapping.input_of(path), line)
    assert kind == "crossing"
    assert payload["vehicle_class"] == "N3"
    assert payload["weighbridge_kg"] == 38_100.0
    assert payload["event_at"].isoformat() == "2026-11-02T08:00:00+01:00"
    assert payload["extra_keys"] == {"depot": "D1"}
    assert payload["extension"] == {"cargo": "reefer"}
    assert mapping.unmapped_columns(path) == ("note",)
    assert mapping.extra_keys == ("depot",)
    assert mapping.extension == {"cargo": "categorical"}


def test_lines_of_another_kind_become_nothing(mapping: ImportMapping, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "7;2026-11-02T08:00:00;P;;;;")

    (line,) = mapping.lines(path)

    assert payloads(mapping.input_of(path), line) == []


def test_every_cell_that_does_not_read_is_named(mapping: ImportMapping, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "7;yesterday;L;38.1;;;")
    (line,) = mapping.lines(path)

    with pytest.raises(RecordRefused) as refused:
        payloads(mapping.input_of(path), line)

    assert {(p.field, p.rule) for p in refused.value.problems} == {
        ("/event_at", "not_a_time"),
        ("/weighbridge_kg", "not_a_number"),
    }


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("7;2026;L", "wrong_number_of_cells", id="too few"),
        pytest.param("7;2026;L;;;;;;", "wrong_number_of_cells", id="too many"),
        pytest.param("7;2026;L;;;\udcff;", "not_utf8", id="another encoding"),
    ],
)
def test_a_spoilt_line_is_a_problem_and_the_next_is_read(
    mapping: ImportMapping, tmp_path: Path, text: str, rule: str
) -> None:
    path = csv_file(tmp_path, text, "", "8;2026-11-02T08:00:00;L;;;;")

    spoilt, whole = mapping.lines(path)

    assert spoilt.problem is not None
    assert spoilt.problem.rule == rule
    assert (whole.number, whole.raw["id"], whole.problem) == (2, "8", None)


def test_skipped_lines_keep_their_numbers(mapping: ImportMapping, tmp_path: Path) -> None:
    path = csv_file(tmp_path, *(f"{n};2026-11-02T08:00:00;L;;;;" for n in range(5)))

    assert [(line.number, line.raw["id"]) for line in mapping.lines(path, skip=3)] == [
        (4, "3"),
        (5, "4"),
    ]


def test_parquet_and_gzip_give_the_same_payload_as_csv(
    mapping: ImportMapping, tmp_path: Path
) -> None:
    text = "7;2026-11-02T08:00:00;L;38,1;D1;reefer;seen"
    plain = csv_file(tmp_path, text)
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    table = tmp_path / "a.parquet"
    cells = dict(zip(HEADER.split(";"), text.split(";"), strict=True))
    parquet.write_table(pa.Table.from_pylist([cells]), table)

    made = [
        payloads(mapping.input_of(path), line)
        for path in (plain, packed, table)
        for line in mapping.lines(path)
    ]

    assert made[0] == made[1] == made[2]


def test_a_file_broken_off_is_told(mapping: ImportMapping, tmp_path: Path) -> None:
    whole = csv_file(tmp_path, *(f"{n};2026-11-02T08:00:00;L;;;;{n * n}" for n in range(99)))
    broken = tmp_path / "b.csv.gz"
    broken.write_bytes(gzip.compress(whole.read_bytes())[:-20])

    with pytest.raises(MappingRefused, match="breaks off"):
        list(mapping.lines(broken))


def test_a_file_without_a_mapped_column_is_refused(mapping: ImportMapping, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id;at;typ;mass;depot\n", "utf-8")

    with pytest.raises(MappingRefused, match="lacks these mapped columns: cargo"):
        mapping.lines(path)


def test_values_that_give_a_protected_attribute_away_are_refused(
    mapping: ImportMapping, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, "1;x;L;;;M;", "2;x;L;;;F;")

    with pytest.raises(MappingRefused, match="protected attribute sex"):
        mapping.lines(path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param("bcp_id:", "bcp:", r"fields.bcp: there is no such field", id="unknown field"),
        pytest.param("direction: {value: entry}", "", "no rule: direction", id="required field"),
        pytest.param("{column: depot}", "{column: vozac}", "stands for .* sex", id="column"),
        pytest.param("depot: {", "driver_id: {", "extra_keys|keys.driver_id", id="key's name"),
        pytest.param("cargo: {column", "gender: {column", "extra.gender.* sex", id="attribute"),
        pytest.param("unit: t", "unit: st", "weighbridge_kg.unit", id="no such unit"),
        pytest.param("Europe/Belgrade", "Europe/Vardar", "event_at.zone", id="no such zone"),
        pytest.param("{L: N3, B: M3}", "{NO: N3, L: N3}", "quote the codes", id="NO is no false"),
        pytest.param("kind: crossing", "kind: parcel", "records.0.kind", id="no such kind"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_at_its_place(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    if "vozac" in new:
        new = "{column: pol vozaca}"

    with pytest.raises(MappingRefused, match=told):
        mapped(tmp_path, MAPPING.replace(old, new))


def test_only_crossings_may_map_the_plates_country(tmp_path: Path) -> None:
    line = "          bcp_id: {value: XK-RS-01}\n"
    allowed = MAPPING.replace(line, line + "          plate_country: {column: plate country}\n")
    refused = MAPPING.replace("{column: depot}", "{column: plate country}")

    assert mapped(tmp_path, allowed)
    with pytest.raises(MappingRefused, match="plate_country"):
        mapped(tmp_path, refused)


@pytest.mark.skipif(not KCS.exists(), reason="the Korean declarations are not on this machine")
def test_a_korean_line_becomes_a_declaration_and_its_inspection() -> None:
    mapping = load_mapping(ROOT / "seeds/mappings/kcs.yaml")
    path = KCS / "train.csv.gz"

    line = next(mapping.lines(path))

    now = datetime(2026, 11, 2, tzinfo=UTC)
    history = CheckSettings(retention_days=None)
    (kind, declared), (other, inspected) = payloads(mapping.input_of(path), line)
    assert (kind, other) == ("consignment", "inspection")
    day = datetime(2020, 1, 1, tzinfo=UTC)
    assert declared == {
        "source_system": "kr-customs",
        "source_record_id": "97061800",
        "event_at": day,
        "known_at": day,
        "time_precision": "day",
        "owner_country": "KR",
        "owner_post": "30",
        "declaration_type": "IM",
        "mode_of_transport_border": 1,
        "consignor_id": "0VKY2BR",
        "consignee_id": "QLRUBN9",
        "declarant_id": "ZZR1LT6",
        "country_dispatch": "BE",
        "country_destination": "KR",
        "items": [
            {
                "item_no": 1,
                "commodity_code": "440890",
                "country_origin": "BE",
                "net_mass_kg": 108.0,
                "statistical_value_minor": 372254,
            }
        ],
        "extension": {
            "process_type": "B",
            "import_type": "11",
            "import_use": "21",
            "payment_type": "11",
            "tax_rate": 0.0,
            "tax_type": "FEU1",
            "origin_indicator": "G",
        },
    }
    assert inspected["result"] == "nothing_found"
    assert inspected["movement_source_record_id"] == "97061800"
    assert inspected["known_at"] == datetime(2020, 1, 2, tzinfo=UTC)
    for kind, payload in payloads(mapping.input_of(path), line):
        assert check_record(kind, payload, now=now, settings=history).record.quality_flags == []


@pytest.mark.slow
@pytest.mark.skipif(not KCS.exists(), reason="the Korean declarations are not on this machine")
def test_no_korean_line_is_refused() -> None:
    mapping = load_mapping(ROOT / "seeds/mappings/kcs.yaml")
    now, history = datetime(2026, 11, 2, tzinfo=UTC), CheckSettings(retention_days=None)

    accepted = 0
    for name in ("train", "valid", "test"):
        path = KCS / f"{name}.csv.gz"
        source = mapping.input_of(path)
        for line in mapping.lines(path):
            for kind, payload in payloads(source, line):
                check_record(kind, payload, now=now, settings=history)
                accepted += 1

    assert accepted == 2 * 54_000
