"""A closed loop in small: what is selected, recorded, learnt from and repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.ledger.export import export
from features.records.check import RETENTION_DAYS
from features.registry import SUBJECTS
from features.table import differing_cells, integer_table
from models.policy import random_draw
from training.assurance.closed_loop.arms import Asked, arm
from training.assurance.closed_loop.comparison import verdict
from training.assurance.closed_loop.judging import Judging, Retraining
from training.assurance.closed_loop.kept import Kept
from training.assurance.closed_loop.live_ledger import LiveLedger
from training.assurance.closed_loop.loop import alone, live, own_years
from training.assurance.closed_loop.office import OwnOffice
from training.assurance.closed_loop.retention import AS_DOCUMENTED, FOR_EVER, Retention
from training.assurance.closed_loop.selecting import Spending
from training.labels import labels_as_of, read_outcomes
from training.params import Params, load_params
from training.police_reports import read_reports
from training.scenario.days.period import MadeUpPeriod
from training.scenario.office.selection import CHANCE, JOINT, MANDATORY, MODEL, REASONS, RULE, TIP
from training.scenario.profile import Profile, load_profile
from training.scenario.world.world import draw_world

pytestmark = pytest.mark.slow

_DAYS, _SEED = 50, 101
_FLOOR, _NO_FLOOR = Spending(0.2, 0.1, 0.2), Spending(0.2, 0.0, 0.2, what_if=True)


def a_profile(*, days: int = _DAYS) -> Profile:
    """Seven weeks with a few movements a day, one in four of which carries something."""
    measure = load_profile("measure")
    quick = replace(measure.outcomes, delay_median_days=1, delay_p95_days=7)
    return replace(
        measure,
        name="small",
        first_day=date(2025, 1, 20),  # heads are learnt on the first of the months: days 12 and 40
        days=days,
        movements=36 * days,
        rate_multiplier=measure.rate_multiplier * 20,
        outcomes=quick,
        dirt=replace(measure.dirt, corrected=0.3),
    )


def some_params() -> Params:
    """The demo's, with heads that learn from few hits and quickly: trees need more to split on."""
    params = load_params(Path("params.yaml"))
    trees = tuple(tier.model_copy(update={"rounds": 5}) for tier in params.fit.trees)
    fit = params.fit.model_copy(update={"minimum_hits": 3, "trees": trees, "head": "logistic"})
    return params.model_copy(update={"fit": fit})


@dataclass(frozen=True)
class Season:
    """A lived season: its journal, what was kept, and the same of the ledger's export."""

    journal: pd.DataFrame
    kept: Kept
    offline: dict[str, pa.Table]
    exported_outcomes: pd.DataFrame
    exported_reports: pd.DataFrame
    retrainings: list[Retraining]
    secret: bytes


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    profile, retrainings = a_profile(), list[Retraining]()
    world = draw_world(profile, _SEED)
    with LiveLedger() as live_ledger:
        office = OwnOffice(
            world, live_ledger, spending=_FLOOR, params=some_params(), tell=retrainings.append
        )
        period = MadeUpPeriod(world, office)
        for day in range(profile.days):
            period.live_day(day)
        folder = tmp_path_factory.mktemp("events")
        export(live_ledger.ledger, folder)
        yield Season(
            journal=pd.DataFrame(office.journal.table().to_pandas()),
            kept=office.kept,
            offline={s: integer_table(folder, live_ledger.features, s) for s in SUBJECTS},
            exported_outcomes=read_outcomes(folder),
            exported_reports=read_reports(folder),
            retrainings=retrainings,
            secret=live_ledger.ledger.keyring.draws,
        )


def own_share(journal: pd.DataFrame) -> float:
    """Share of the movements inspected of the office's own accord."""
    return float(journal["reason"].isin([RULE, MODEL, MANDATORY, CHANCE]).mean())


def test_integers_kept_as_of_then_are_those_of_the_offline_engine(season: Season) -> None:
    for subject in SUBJECTS:
        kept = season.kept.movements(subject).select(season.offline[subject].column_names)

        cells = differing_cells(season.offline[subject], kept)

        assert kept.num_rows > 300
        assert cells == []


def test_outcomes_kept_are_those_of_an_export_and_give_its_labels(season: Season) -> None:
    names = ["u", "movement_u", "takes_back", "result", "control_level", "selection_reason"]

    def cells(outcomes: pd.DataFrame) -> list[tuple[object, ...]]:
        rows = outcomes[names].astype(object).itertuples(index=False)
        return [tuple(None if pd.isna(cell) else cell for cell in row) for row in rows]

    assert cells(season.kept.outcomes()) == cells(season.exported_outcomes)
    for subject in SUBJECTS:
        u = season.offline[subject]["u"].to_numpy()
        target, until = ["arms", "persons_concealed"], int(np.iinfo(np.int64).max)

        kept = labels_as_of(season.kept.outcomes(), u, target=target, until_u=until)

        exported = labels_as_of(season.exported_outcomes, u, target=target, until_u=until)
        assert kept.hit.any()
        assert season.kept.outcomes()["takes_back"].notna().sum() > 10
        for name in ("searched", "hit", "known_at", "reason"):
            assert (getattr(kept, name) == getattr(exported, name)).all(), name
        np.testing.assert_array_equal(kept.propensity, exported.propensity)


def test_movements_named_by_reports_are_those_of_an_export(season: Season) -> None:
    kept = season.kept.reports()

    order = ["u", "movement_u"]
    assert len(kept) > 3
    pd.testing.assert_frame_equal(
        kept.sort_values(order, ignore_index=True),
        season.exported_reports.sort_values(order, ignore_index=True),
        check_dtype=False,
    )


def test_every_label_is_of_the_offices_own_selection_or_of_a_tip_or_joint_operation(
    season: Season,
) -> None:
    outcomes = season.exported_outcomes.dropna(subset=["movement_u"])
    numbers = outcomes["source_record_id"].str.removeprefix("K")
    chosen = season.journal[season.journal["reason"] >= 0].set_index("number")

    told = chosen.loc[numbers.to_list()]

    assert len(outcomes) > 100
    said = told["reason"].map(dict(enumerate(REASONS))).to_numpy()
    assert (outcomes["selection_reason"].to_numpy() == said).all()


def test_propensities_on_record_are_those_that_were_drawn_with(season: Season) -> None:
    journal = season.journal
    names = journal["subject"].map(
        {"consignment": "customs-declarations", "crossing": "border-crossings"}
    )
    draws = np.array(
        [
            random_draw(season.secret, f"{system}\0{number}")
            for system, number in zip(names, journal["number"], strict=True)
        ]
    )
    outcomes = season.exported_outcomes.dropna(subset=["movement_u"])
    recorded = outcomes.set_index(outcomes["source_record_id"].str.removeprefix("K"))
    recorded = recorded[~recorded.index.duplicated()]

    of = journal.set_index("number").loc[recorded.index]

    assert np.array_equal(journal["reason"] == CHANCE, draws < _FLOOR.chance)
    called = of["reason"].isin([TIP, JOINT]).to_numpy()
    written = recorded["selection_propensity"].to_numpy(dtype=np.float64)
    assert np.array_equal(np.isnan(written), called)
    # Whom nothing else selects, chance alone does.
    assert journal["propensity"].min() == _FLOOR.chance
    assert (written[~called] == of["propensity"].to_numpy()[~called]).all()
    certain = of["reason"].isin([MODEL, RULE, MANDATORY]).to_numpy()
    assert (written[certain] > _FLOOR.chance).all()
    # Over all movements the propensities add up to what was inspected, within what chance leaves.
    expected = journal["propensity"].sum()
    inspected = journal["reason"].isin([RULE, MODEL, MANDATORY, CHANCE]).sum()
    assert abs(inspected - expected) < 4 * np.sqrt(expected)


def test_heads_serve_once_there_are_hits_and_capacity_is_kept(season: Season) -> None:
    first, last = season.retrainings[0], season.retrainings[-1]
    by_model = season.journal[season.journal["reason"] == MODEL]

    assert [made.day for made in season.retrainings] == [12, 40]
    assert any("hits" in said and "needs" not in said for said in last.heads.values()), first
    assert len(by_model)
    assert by_model["day"].min() >= 40
    assert 0.5 * _FLOOR.capacity < own_share(season.journal) < 1.15 * _FLOOR.capacity


def test_heads_learn_from_no_movement_whose_retention_is_over(season: Season) -> None:
    midnight = int(datetime(2025, 1, 20, tzinfo=UTC).timestamp()) * 1_000_000
    for subject in SUBJECTS:
        u = season.kept.movements(subject)["u"].to_numpy()
        left = season.kept.movements(subject, first=30)["u"].to_numpy()

        assert (left == u[u >= midnight + 30 * 86_400_000_000]).all()
        assert 0 < len(left) < len(u)
    hits = {}
    for days in (45, 30, 5):
        with LiveLedger() as ledger:
            kept_so_long = Retention(dict.fromkeys(SUBJECTS, days))
            judging = Judging(ledger.features, some_params(), retention=kept_so_long)
        told = judging.retrain(season.kept, day=_DAYS).heads["crossing-smuggling"]
        learnt = re.fullmatch(r"\w+, (\d+) hits", told)
        hits[days] = int(learnt[1]) if learnt else 0

    assert hits[45] > hits[30] > hits[5] == 0


def test_retention_is_that_of_the_records() -> None:
    assert AS_DOCUMENTED.first_day("crossing", 1000) == 1000 - RETENTION_DAYS["crossing"]
    assert AS_DOCUMENTED.first_day("consignment", 1000) == 0
    assert FOR_EVER.first_day("crossing", 10_000) == 0


def test_the_same_seed_lives_the_same_days_whatever_comes_later(season: Season) -> None:
    days = 42

    again = live(a_profile(), seed=_SEED, spending=_FLOOR, params=some_params(), days=days)

    early = season.journal[season.journal["day"] < days]
    repeated = pd.DataFrame(again.journal.to_pandas())
    same = [c for c in early.columns if not c.startswith("found_") and c != "known"]
    pd.testing.assert_frame_equal(early[same], repeated[same])
    assert (repeated["reason"] == MODEL).any()


def test_without_the_floor_nothing_is_left_to_chance() -> None:
    lived = live(a_profile(days=20), seed=_SEED, spending=_NO_FLOOR, params=some_params())

    rows = pd.DataFrame(lived.journal.to_pandas())

    assert not (rows["reason"] == CHANCE).any()
    assert (rows["propensity"] == 0).mean() > 0.5
    assert (rows["reason"] == RULE).any()
    assert own_share(rows) < 1.15 * _NO_FLOOR.capacity


@pytest.mark.nightly
def test_three_years_keep_recall_and_what_the_office_believes_runs_away_without_the_floor(
    tmp_path: Path,
) -> None:
    years = own_years(load_profile("measure"), years=3, movements_per_year=40_000)
    dense = alone(replace(years, rate_multiplier=years.rate_multiplier * 3.0))
    asked = Asked(dense, 0.06, 0.1, load_params(Path("params.yaml")), AS_DOCUMENTED, 0.2)

    with_floor, without = (arm(asked, seed=1, floor=f, work=tmp_path) for f in (True, False))

    kept, last, unsure = verdict([with_floor]), with_floor.years[-1], without.years[-1]
    assert kept.recall_kept
    assert not kept.lost
    assert last.within_reach.value == 1
    assert verdict([without]).lost
    assert unsure.within_reach.value < 0.5
    assert unsure.mean_calibration_error > 1.5 * last.mean_calibration_error
    told = {
        arm.floor: [of.holds for of in arm.estimates if of.method == "doubly_robust"]
        for arm in (with_floor, without)
    }
    assert told[False]
    assert not any(told[False])
    # With the floor an estimate may be insufficient, and never surely wrong.
    assert False not in told[True]
