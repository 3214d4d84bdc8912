"""What other policies would find is told from inspections that were never a fair sample."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped]

from features.spec import Floats
from training.errors import TrainingError
from training.policy_value.figures import (
    calibration,
    finds,
    hit_rate,
    lift,
    lift_over_chance,
    precision,
    recall,
)
from training.policy_value.limits import student, total
from training.policy_value.logged import Logged, at_capacity
from training.policy_value.measuring import Method, clip_level, folds, measuring
from training.policy_value.overlap import overlap_alarm, overlap_of_inspected
from training.simulated_selection import Office, Season, seasons

WEIGHTED: tuple[Method, ...] = ("horvitz_thompson", "hajek", "doubly_robust")


def season(seed: int = 1, **office: float) -> Season:
    return next(seasons(replace(Office(movements=20_000), **office), runs=1, seed=seed))  # type: ignore[arg-type]


def by_hand(propensity: Floats, *, inspected: list[int], hit: list[int]) -> Logged:
    places = np.arange(len(propensity))
    return Logged(propensity, np.isin(places, inspected), np.isin(places, hit))


def test_a_hit_stands_for_as_many_movements_as_its_propensity_says() -> None:
    logged = by_hand(np.array([0.5, 0.25, 1.0, 0.5]), inspected=[0, 1, 2], hit=[0, 1])

    told = hit_rate(measuring(logged, method="horvitz_thompson", clip=math.inf))

    assert told.value == 1  # (2 + 4) / 4, and no rate is more than 1
    half = np.array([1.0, 0.0, 1.0, 0.0])
    made = measuring(logged, method="hajek", clip=math.inf)
    assert precision(made, half).value == pytest.approx(2 / (2 + 1))
    assert finds(made, half).value == pytest.approx(2 * 2 / 3)


def test_what_a_tip_pointed_at_does_not_measure() -> None:
    p = np.full(100, 0.5)
    logged = by_hand(p, inspected=list(range(50)), hit=list(range(12)))
    tipped = Logged(
        np.where(np.arange(100) < 60, np.where(np.arange(100) < 50, p, np.nan), p),
        np.arange(100) < 60,
        (np.arange(100) < 12) | ((np.arange(100) >= 50) & (np.arange(100) < 60)),
    )

    assert hit_rate(measuring(tipped, method="hajek")) == hit_rate(
        measuring(logged, method="hajek")
    )
    assert hit_rate(measuring(tipped, method="naive")).hits == 22


@pytest.mark.parametrize("method", WEIGHTED)
def test_where_everything_was_inspected_for_sure_nothing_is_in_doubt(method: Method) -> None:
    rng = np.random.default_rng(3)
    margin = rng.normal(size=1000)
    hit = rng.random(1000) < 1 / (1 + np.exp(2 - margin))
    logged = Logged(np.ones(1000), np.ones(1000, dtype=bool), hit, {"new": margin})
    chosen = at_capacity(margin, 0.1)

    made = measuring(logged, method=method)

    told = (hit_rate(made), precision(made, chosen), recall(made, chosen))
    truth = (hit.mean(), hit @ chosen / 100, hit @ chosen / hit.sum())
    for estimate, true in zip(told, truth, strict=True):
        assert (estimate.low, estimate.value, estimate.high) == pytest.approx((true, true, true))
        assert estimate.standard_error == pytest.approx(0)
    such = hit_rate(measuring(logged, method=method, about="such_movements"))
    assert such.high - such.low > 0.02


def test_hits_of_one_weight_get_the_mid_p_interval_of_poisson() -> None:
    # 100,000 movements, each inspected with probability .01: weight and skewness are 100.
    for found in (0, 1, 3, 10, 40):
        logged = by_hand(
            np.full(100_000, 0.01), inspected=list(range(1000)), hit=list(range(found))
        )
        made = measuring(logged, method="horvitz_thompson", about="such_movements")

        told = total(made, np.ones(100_000))

        if found:
            assert told.high / 100 == pytest.approx(_mid_p(found, 0.975), rel=0.03)
        if found > 1:
            assert told.low / 100 == pytest.approx(_mid_p(found, 0.025), rel=0.03, abs=0.06)


def _mid_p(found: int, level: float) -> float:
    low, high = 0.0, 200.0
    while high - low > 1e-9:
        rate = (low + high) / 2
        above = 1 - stats.poisson.cdf(found, rate) + stats.poisson.pmf(found, rate) / 2
        low, high = (rate, high) if above < level else (low, rate)
    return low


@pytest.mark.parametrize("degrees", [3, 5, 10, 40, 1e6])
def test_quantiles_of_student_are_those_of_scipy(degrees: float) -> None:
    assert student(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=0.006)


def test_below_ten_effective_hits_there_is_no_interval() -> None:
    p = np.full(4000, 0.5)
    few = by_hand(p, inspected=list(range(2000)), hit=list(range(9)))
    enough = by_hand(p, inspected=list(range(2000)), hit=list(range(10)))

    told = hit_rate(measuring(few, method="hajek"))
    assert not told.sufficient
    assert math.isnan(told.low)
    assert told.words() == "hit_rate: insufficient (9.0 effective hits)"
    assert hit_rate(measuring(enough, method="hajek")).sufficient


def test_many_sure_hits_are_not_enough_while_chance_has_found_none() -> None:
    # Half of the movements for sure, with forty hits; the rest by a chance of one in fifty.
    p = np.where(np.arange(4000) < 2000, 1.0, 0.02)
    logged = by_hand(p, inspected=[*range(2000), *range(2000, 2040)], hit=list(range(40)))

    told = hit_rate(measuring(logged, method="horvitz_thompson"))

    assert told.hits == 40
    assert told.effective_hits < 10
    assert not told.sufficient


def test_the_clip_is_told_and_what_it_may_cost() -> None:
    p = np.full(10_000, 0.5)
    p[:100] = 0.001
    logged = by_hand(p, inspected=[0, *range(200, 5000)], hit=list(range(200, 260)))

    made = measuring(logged, method="horvitz_thompson")

    assert clip_level(10_000) == made.clip == made.weight.max() == 100
    # One inspected movement stood for 1000, and counts for 100.
    assert hit_rate(made).bias_bound == pytest.approx(900 / 10_000)
    assert hit_rate(measuring(logged, method="naive")).bias_bound == 0


def test_folds_are_blocks_of_time_and_never_part_a_cluster() -> None:
    logged = by_hand(np.full(100, 0.5), inspected=[0], hit=[0])
    assert (np.diff(folds(logged)) >= 0).all()
    assert np.bincount(folds(logged)).tolist() == [20] * 5

    clustered = replace(logged, cluster=np.arange(100) % 10)
    for cluster in range(10):
        assert len(set(folds(clustered)[clustered.cluster == cluster])) == 1


def test_a_row_has_no_part_in_its_own_prediction() -> None:
    made = season()
    one = int(np.flatnonzero(made.logged.measures)[0])
    other = made.logged.hit.copy()
    other[one] = not other[one]

    before = measuring(made.logged).risk
    after = measuring(replace(made.logged, hit=other)).risk

    same = folds(made.logged) == folds(made.logged)[one]
    assert (before[same] == after[same]).all()
    assert (before[~same] != after[~same]).any()


def test_movements_that_come_together_widen_the_interval() -> None:
    made = season(together=20, kinship=1.5)
    alone = replace(made.logged, cluster=None)

    with_kin, without = (hit_rate(measuring(logged)) for logged in (made.logged, alone))

    assert with_kin.standard_error > 1.1 * without.standard_error


def test_lift_is_recall_over_share_and_one_against_itself() -> None:
    made = season()
    chosen = at_capacity(made.logged.margins["new"], 0.05)
    measured = measuring(made.logged)

    over_chance = lift_over_chance(measured, chosen)
    assert over_chance.value == pytest.approx(recall(measured, chosen).value / 0.05)
    assert over_chance.low > 2
    same = lift(measured, chosen, chosen)
    assert same.value == 1
    assert same.high - same.low < 0.2
    against_all = lift(measured, chosen, np.ones(made.logged.rows))
    assert against_all.value == pytest.approx(over_chance.value)
    assert against_all.low == pytest.approx(over_chance.low, rel=0.1)


def test_calibration_finds_the_band_that_promises_too_much() -> None:
    made = season(base_rate=0.05)
    bands = (made.risk > 0.05).astype(np.int64) + (made.risk > 0.2)
    measured = measuring(made.logged, about="such_movements")

    honest = calibration(measured, made.risk, bands)
    assert [found.band for found in honest] == [-1, 0, 1, 2]
    assert all(found.agrees is not False for found in honest)
    boastful = calibration(measured, np.where(bands == 2, 0.9, made.risk), bands)
    assert boastful[-1].agrees is False


def test_chance_without_a_margin_and_margins_without_chance_are_refused() -> None:
    logged = by_hand(np.full(10, 0.5), inspected=[0], hit=[])
    with pytest.raises(TrainingError, match="margin"):
        measuring(logged)
    with pytest.raises(TrainingError, match="chance"):
        measuring(logged, method="random_slice")
    with pytest.raises(TrainingError, match="propensity is 0"):
        by_hand(np.zeros(3), inspected=[0], hit=[])


def test_without_a_single_inspection_every_figure_is_insufficient() -> None:
    logged = replace(by_hand(np.full(10, 0.5), inspected=[], hit=[]),
                     margins={"new": np.arange(10.0)}, random=np.zeros(10, dtype=bool))  # fmt: skip
    methods: tuple[Method, ...] = ("naive", "random_slice", *WEIGHTED)
    for method in methods:
        made = measuring(logged, method=method)
        for told in (
            hit_rate(made),
            recall(made, np.ones(10)),
            lift(made, np.ones(10), np.ones(10)),
        ):
            assert not told.sufficient


def test_the_overlap_alarm_names_what_nobody_could_have_seen() -> None:
    p = np.array([1.0, 0.01, 0.01, 0.0, np.nan, 0.01])
    logged = Logged(p, np.array([True, True, False, False, False, False]), np.zeros(6, dtype=bool))
    posts, bands = ["A", "A", "B", "C", "C", "B"], ["high"] * 6

    found = overlap_alarm(logged, np.ones(6), floor=0.01, post=posts, band=bands)

    assert found.supported == pytest.approx(4 / 6)
    assert [(cell.post, cell.band, cell.selected) for cell in found.without] == [("C", "high", 2)]
    assert "floor is missing" in found.alarms[0]
    assert any("stands for 99.0%" in alarm for alarm in found.alarms)
    assert any("post C, band high" in alarm for alarm in found.alarms)


def test_a_floor_kept_everywhere_alarms_nobody() -> None:
    made = season()

    found = overlap_alarm(
        replace(made.logged, propensity=made.propensity),
        at_capacity(made.logged.margins["new"], 0.05),
        floor=0.1,
    )

    assert found.alarms == ()
    assert found.supported == 1


def test_what_was_inspected_stands_for_the_whole_selection_where_the_floor_holds() -> None:
    made = season()
    chosen = at_capacity(made.logged.margins["new"], 0.05)
    inspected = made.logged.inspected
    unknown = replace(
        made.logged, propensity=np.where(inspected, made.logged.propensity, np.nan)
    )  # fmt: skip

    found = overlap_of_inspected(unknown, chosen, post=["A", "B"] * (made.logged.rows // 2))

    assert found.alarms == ()
    assert found.supported == 1
    assert 0 < found.effective_rows <= found.rows


def test_a_post_that_nobody_inspects_raises_the_alarm_by_name() -> None:
    made = season()
    chosen = at_capacity(made.logged.margins["new"], 0.05)
    closed = np.arange(made.logged.rows) % 4 == 0
    logged = replace(made.logged, inspected=made.logged.inspected & ~closed,
                     hit=made.logged.hit & ~closed)  # fmt: skip
    posts = np.where(closed, "closed", "open").tolist()

    found = overlap_of_inspected(logged, chosen, post=posts)

    assert [cell.post for cell in found.without] == ["closed"]
    assert found.supported == pytest.approx(1 - chosen[closed].sum() / chosen.sum(), abs=0.1)
    assert "floor is missing" in found.alarms[0]
    assert any("post closed" in alarm for alarm in found.alarms)


def test_a_selection_without_any_known_propensity_says_so() -> None:
    logged = replace(by_hand(np.full(40, np.nan), inspected=[1, 2], hit=[1]),
                     margins={"new": np.arange(40.0)})  # fmt: skip

    found = overlap_of_inspected(logged, at_capacity(np.arange(40.0), 0.5))

    assert found.rows == 0
    assert any("Nothing that the policy selects" in alarm for alarm in found.alarms)
