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
import pytest

from features.errors import VardarError
from features.records.check import CheckSettings, RecordRefused, check_record
from features.records.mapping import load_mapping, payloads
from training.scenario.check import check
from training.scenario.draw import Summary, draw
from training.scenario.profile import SEEDS, Profile, load_profile
from training.scenario.typologies import NAMES

FILES = ("consignments", "crossings", "inspections", "incidents")


def small(days: int = 5, movements: int = 2_000) -> Profile:
    return dataclasses.replace(load_profile("demo"), days=days, movements=movements)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    folder = tmp_path_factory.mktemp("scenario")
    return folder, draw(small(days=40, movements=12_000), seed=7, out=folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def lines(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        draw(small(), seed=seed, out=tmp_path / name)
    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one if name != "truth/planted.json")


def test_drawing_over_an_older_period_leaves_nothing_of_it(tmp_path: Path) -> None:
    draw(small(), seed=1, out=tmp_path / "one")
    draw(small(days=8, movements=3_000), seed=2, out=tmp_path / "two")
    draw(small(), seed=1, out=tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_every_line_is_accepted_or_a_planted_breakage(drawn: tuple[Path, Summary]) -> None:
    folder, summary = drawn
    mapping = load_mapping(SEEDS / "mappings" / "scenario.yaml")
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


def test_lorries_name_declarations_that_were_lodged(drawn: tuple[Path, Summary]) -> None:
    folder, _ = drawn
    lodged = {line["lrn"] for line in lines(folder, "consignments")}
    named = {
        reference
        for line in lines(folder, "crossings")
        for reference in line["declarations"].split(";")
        if reference
    }
    assert len(named) > 500
    assert named <= lodged


def test_planted_counts_are_on_record_beside_the_truth(drawn: tuple[Path, Summary]) -> None:
    folder, summary = drawn
    planted = json.loads((folder / "truth" / "planted.json").read_text("utf-8"))
    assert planted == {n: dataclasses.asdict(p) for n, p in summary.planted.items()}
    for name in FILES[:3]:
        assert planted[name]["malformed"]
        assert planted[name]["duplicates"]
    assert planted["consignments"]["second_versions"]
    assert planted["inspections"]["second_versions"]


def test_every_movement_has_its_truth_and_every_typology_is_there(
    drawn: tuple[Path, Summary],
) -> None:
    folder, summary = drawn
    truth = pd.read_parquet(folder / "truth" / "truth.parquet")
    assert truth["source_record_id"].is_unique
    assert len(truth) == summary.consignments + summary.crossings
    assert set(truth["typology"]) == set(NAMES)
    sent = {line["entry_no"] for line in lines(folder, "consignments")} - {""}
    sent |= {line["passage_no"] for line in lines(folder, "crossings")} - {""}
    assert sent == set(truth["source_record_id"])


def test_the_label_is_drawn_from_the_true_risk(drawn: tuple[Path, Summary]) -> None:
    truth = pd.read_parquet(drawn[0] / "truth" / "truth.parquet")
    for risk, carried in (
        ("true_risk_arms", "carries_arms"),
        ("true_risk_smuggling", "carries_people"),
    ):
        p, y = truth[risk].to_numpy(), truth[carried].to_numpy()
        assert ((p > 0) & (p < 1)).all()
        for rows in np.array_split(np.argsort(p), 4):
            spread = np.sqrt((p[rows] * (1 - p[rows])).sum())
            # Lorries share the draw of the goods they carry, which widens the spread a little.
            assert abs(y[rows].sum() - p[rows].sum()) < 5 * spread + 1


def test_no_exported_column_names_the_truth_and_no_mapping_reads_it(
    drawn: tuple[Path, Summary],
) -> None:
    folder, _ = drawn
    truth = set(pd.read_parquet(folder / "truth" / "truth.parquet").columns)
    for name in FILES:
        columns = set(lines(folder, name)[0])
        assert columns & truth <= {"post"}
        assert not {c for c in columns if "risk" in c or "typology" in c or "carries" in c}
    mapping = load_mapping(SEEDS / "mappings" / "scenario.yaml")
    for path in (folder / "truth").iterdir():
        with pytest.raises(VardarError, match="no input"):
            mapping.input_of(path)


def test_propensities_are_probabilities_at_least_the_floor_and_tips_have_none(
    drawn: tuple[Path, Summary],
) -> None:
    folder, _ = drawn
    controls = load_profile("demo").controls
    floor = controls.multiplier * controls.random_floor
    reasons: Counter[str] = Counter()
    for line in lines(folder, "inspections"):
        if line["propensity"] == "1.7" or line["reason"] == "":
            continue
        reasons[line["reason"]] += 1
        if line["reason"] == "tip":
            assert line["propensity"] == ""
        else:
            assert floor <= float(line["propensity"]) <= 1.0
    assert set(reasons) == {"rule", "random", "tip"}
    assert reasons["random"] > 0.05 * reasons.total()


def test_outcomes_are_known_after_the_movement_and_before_the_period_ends(
    drawn: tuple[Path, Summary],
) -> None:
    truth = pd.read_parquet(drawn[0] / "truth" / "truth.parquet").set_index("source_record_id")
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


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_demo_is_neither_noise_nor_a_giveaway(tmp_path: Path, seed: int) -> None:
    draw(load_profile("demo"), seed=seed, out=tmp_path)
    for risk in check(tmp_path).fairness:
        assert 0.40 <= risk.oracle_share <= 0.80, risk
        assert risk.best_auc < 0.75, risk
