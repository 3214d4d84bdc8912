"""A drawn period is what its profile asked for, to the byte, and keeps its truth to itself."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from features.errors import VardarError
from features.ledger.arrivals import microseconds
from features.ledger.keyring import load_keyring
from features.ledger.staging import stage_file
from features.ledger.store import open_ledger
from features.records.check import CheckSettings, RecordRefused, check_record
from features.records.mapping import load_mapping, payloads
from training.scenario.files.draw import Summary, draw
from training.scenario.files.truth import STRATA
from training.scenario.profile import SEEDS, Profile, load_profile
from training.scenario.typologies import NAMES

# The generator is long settled; `make check` leaves it to `make test`.
pytestmark = pytest.mark.slow

FILES = ("consignments", "crossings", "inspections", "incidents")
MAPPING = SEEDS / "mappings" / "scenario.yaml"


def small(days: int = 5, movements: int = 2_000) -> Profile:
    return dataclasses.replace(load_profile("demo"), days=days, movements=movements)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    folder = tmp_path_factory.mktemp("scenario")
    return folder, draw(small(days=40, movements=12_000), seed=7, out=folder, processes=1)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def lines(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def truth_of(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "truth" / "truth.parquet")


def facts_of(folder: Path) -> dict[str, object]:
    facts: dict[str, object] = json.loads((folder / "truth" / "scenario.json").read_text("utf-8"))
    return facts


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        draw(small(), seed=seed, out=tmp_path / name, processes=1)
    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one)


@pytest.mark.slow
def test_any_number_of_processes_gives_the_same_bytes(tmp_path: Path) -> None:
    summaries = [
        draw(small(days=12), seed=1, out=tmp_path / str(n), processes=n) for n in (1, 2, 3)
    ]
    one, two, three = (contents(tmp_path / str(n)) for n in (1, 2, 3))
    assert one == two == three
    assert summaries[0] == summaries[1] == summaries[2]


def test_drawing_over_an_older_period_leaves_nothing_of_it(tmp_path: Path) -> None:
    draw(small(), seed=1, out=tmp_path / "one", processes=1)
    draw(small(days=8, movements=3_000), seed=2, out=tmp_path / "two", processes=1)
    draw(small(), seed=1, out=tmp_path / "two", processes=1)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_drawing_that_is_broken_off_leaves_no_period_behind(tmp_path: Path) -> None:
    draw(small(), seed=1, out=tmp_path, processes=1)

    def stop(days: int, _: int) -> None:
        if days == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw(small(), seed=2, out=tmp_path, processes=1, progress=stop)
    assert not (tmp_path / "truth" / "scenario.json").exists()


def test_progress_counts_days_and_movements(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    summary = draw(small(), seed=1, out=tmp_path, processes=1, progress=lambda *t: told.append(t))
    assert [days for days, _ in told] == [1, 2, 3, 4, 5]
    assert told[-1][1] == summary.consignments + summary.crossings
    assert sorted(told) == told


def test_every_line_is_accepted_or_a_planted_breakage(drawn: tuple[Path, Summary]) -> None:
    folder, summary = drawn
    mapping = load_mapping(MAPPING)
    settings = CheckSettings(future_minutes=None, retention_days=None)
    for name in FILES:
        path = folder / f"{name}.csv"
        shape = mapping.input_of(path)
        read = refused = 0
        for line in mapping.lines(path):
            read += 1
            try:
                for kind, payload in payloads(shape, line):
                    check_record(
                        kind, payload, now=datetime(2026, 12, 1, tzinfo=UTC), settings=settings
                    )
            except RecordRefused:
                refused += 1
        assert read == summary.planted[name].lines, name
        assert refused == summary.planted[name].malformed, name


def test_the_import_finds_the_duplicates_and_breakages_that_were_planted(tmp_path: Path) -> None:
    summary = draw(small(days=8), seed=3, out=tmp_path / "drawn", processes=1)
    mapping = load_mapping(MAPPING)
    keyring = load_keyring(tmp_path / "secret.key", create=True)
    later = microseconds(datetime(2026, 12, 1, tzinfo=UTC))
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db", keyring, clock=lambda: later)
    try:
        for name in FILES:
            counts = stage_file(ledger, mapping, tmp_path / "drawn" / f"{name}.csv")
            planted = summary.planted[name]
            assert counts.lines_read == planted.lines, name
            assert counts.duplicate == planted.duplicates, name
            assert counts.quarantined == planted.malformed, name
    finally:
        ledger.close()


@pytest.mark.parametrize("name", FILES)
def test_no_line_is_lost_to_a_breakage(drawn: tuple[Path, Summary], name: str) -> None:
    folder, summary = drawn
    planted = summary.planted[name]
    counted = Counter(tuple(line.values()) for line in lines(folder, name))
    repeated = sum(times - 1 for times in counted.values())
    assert repeated == planted.duplicates
    distinct = planted.lines - planted.duplicates - planted.malformed
    assert len(counted) == distinct + planted.malformed
    if name in ("consignments", "crossings"):
        assert distinct - planted.second_versions == getattr(summary, name)


def test_what_was_asked_for_and_planted_is_on_record_beside_the_truth(
    drawn: tuple[Path, Summary],
) -> None:
    folder, summary = drawn
    facts = facts_of(folder)
    assert facts["seed"] == 7
    assert facts["profile"] == json.loads(
        json.dumps(dataclasses.asdict(small(days=40, movements=12_000)), default=str)
    )
    planted = facts["planted"]
    assert planted == {n: dataclasses.asdict(p) for n, p in summary.planted.items()}
    for name in FILES[:3]:
        assert summary.planted[name].malformed
        assert summary.planted[name].duplicates
    assert summary.planted["consignments"].second_versions
    assert summary.planted["inspections"].second_versions
    counted = truth_of(folder)["stratum"].value_counts()
    assert facts["movements"] == {stratum: int(counted[stratum]) for stratum in STRATA}
    assert facts["movements"] == summary.movements


def test_expected_numbers_carrying_are_on_record_for_each_risk(
    drawn: tuple[Path, Summary],
) -> None:
    configured = facts_of(drawn[0])["configured"]
    assert isinstance(configured, dict)
    rates = load_profile("demo").rates_per_10000
    assert set(configured) == {"arms", "smuggling"}
    for risk, strata in configured.items():
        assert {s for s, expected in strata.items() if expected} == set(getattr(rates, risk))


def test_every_movement_has_its_truth_once(drawn: tuple[Path, Summary]) -> None:
    folder, summary = drawn
    truth = truth_of(folder)
    assert truth["source_record_id"].is_unique
    assert len(truth) == summary.consignments + summary.crossings
    assert set(truth["behaviour"]) <= set(NAMES)
    sent = {line["entry_no"] for line in lines(folder, "consignments")} - {""}
    sent |= {line["passage_no"] for line in lines(folder, "crossings")} - {""}
    assert sent == set(truth["source_record_id"])


def test_what_is_carried_has_a_typology_and_arms_have_pieces(
    drawn: tuple[Path, Summary],
) -> None:
    truth = truth_of(drawn[0])
    assert truth["carries_arms"].any()
    assert truth["carries_people"].any()
    assert ((truth["typology_arms"] != "") == truth["carries_arms"]).all()
    assert ((truth["typology_smuggling"] != "") == truth["carries_people"]).all()
    assert ((truth["pieces"] > 0) == truth["carries_arms"]).all()


def test_the_truth_comes_in_few_row_groups(drawn: tuple[Path, Summary]) -> None:
    with pq.ParquetFile(drawn[0] / "truth" / "truth.parquet") as file:
        assert file.num_row_groups == 1


def test_the_label_is_drawn_from_the_true_risk(drawn: tuple[Path, Summary]) -> None:
    truth = truth_of(drawn[0])
    for risk, carried in (
        ("true_risk_arms", "carries_arms"),
        ("true_risk_smuggling", "carries_people"),
    ):
        p, y = truth[risk].to_numpy(), truth[carried].to_numpy()
        assert ((p >= 0) & (p < 1)).all()
        assert not y[p == 0].any()
        for rows in np.array_split(np.argsort(p), 4):
            spread = np.sqrt((p[rows] * (1 - p[rows])).sum())
            # Lorries share the draw of the goods they carry, which widens the spread a little.
            assert abs(y[rows].sum() - p[rows].sum()) < 5 * spread + 1


def test_no_exported_column_names_the_truth_and_no_mapping_reads_it(
    drawn: tuple[Path, Summary],
) -> None:
    folder, _ = drawn
    truth = set(truth_of(folder).columns)
    for name in FILES:
        columns = set(lines(folder, name)[0])
        assert columns & truth <= {"post"}
        assert not {c for c in columns if "risk" in c or "typology" in c or "carries" in c}
    mapping = load_mapping(MAPPING)
    for path in (folder / "truth").iterdir():
        with pytest.raises(VardarError, match="no input"):
            mapping.input_of(path)


def test_propensities_are_probabilities_at_least_the_floor_and_tips_have_none(
    drawn: tuple[Path, Summary],
) -> None:
    controls = load_profile("demo").controls
    floor = controls.multiplier * controls.random_floor
    reasons: Counter[str] = Counter()
    for line in lines(drawn[0], "inspections"):
        if line["propensity"] == "1.7" or line["reason"] == "":
            continue
        reasons[line["reason"]] += 1
        if line["reason"] in ("tip", "joint_operation"):
            assert line["propensity"] == ""
        else:
            assert floor <= float(line["propensity"]) <= 1.0
    assert {"rule", "random", "tip"} <= set(reasons)
    assert reasons["random"] > 0.05 * reasons.total()


def test_outcomes_are_known_after_the_movement_and_before_the_period_ends(
    drawn: tuple[Path, Summary],
) -> None:
    truth = truth_of(drawn[0]).set_index("source_record_id")
    profile = small(days=40)
    end = pd.Timestamp(profile.first_day, tz="UTC") + pd.Timedelta(days=profile.days)
    done = pd.DataFrame(lines(drawn[0], "inspections"))
    done["confirmed"] = pd.to_datetime(done["confirmed"], utc=True)
    event = truth["event_at"].reindex(done["subject_no"]).to_numpy()
    assert (done["confirmed"].to_numpy() > event).all()
    assert (done["confirmed"] < end).all()


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    with pytest.raises(VardarError, match="there are: demo, measure"):
        load_profile("holiday")


def test_an_unknown_knob_is_refused(tmp_path: Path) -> None:
    text = (SEEDS / "scenario.yaml").read_text("utf-8")
    path = tmp_path / "scenario.yaml"
    path.write_text(text.replace("duplicates:", "doubles:"), "utf-8")
    with pytest.raises(VardarError, match=r"doubles.*duplicates"):
        load_profile("demo", path)
