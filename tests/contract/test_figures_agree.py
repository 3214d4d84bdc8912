"""The figures of the pages and those heads are judged by are the same figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.ledger.export import export
from features.ledger.sealing import seal
from features.measures import FINDS
from serving.review.figures.delays import days_until_known
from serving.review.figures.facts import Facts
from serving.review.figures.keeping import KeptFacts
from serving.review.figures.shares import LEAST_FINDS, ratio_to_others, wilson
from serving.review.figures.stability import bins_of, stability
from tests.counted_office import a_crossing, an_inspection, filled, put
from tests.deployments import a_home, deployed
from training import maturity, shares
from training.gate.selection_rates import selection_rates
from training.labels import labels_as_of, read_outcomes
from training.policy_value.figures import LEAST_HITS
from training.watching import drift


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_a_share_is_trainings(counted: tuple[int, int]) -> None:
    theirs = shares.wilson(*counted)

    assert wilson(*counted) == (theirs.low, theirs.high)


def test_as_many_finds_are_asked_for() -> None:
    assert LEAST_FINDS == LEAST_HITS


@given(st.lists(st.tuples(st.floats(0, 40), st.floats(0, 40)), min_size=1, max_size=60))
def test_delays_are_trainings(seen: list[tuple[float, float]]) -> None:
    delay = np.array([d for d, _ in seen])
    waited = np.array([d + more for d, more in seen])
    theirs = maturity.delays(delay, waited)

    ours = days_until_known(list(delay), list(waited), (0.5, 0.9, 0.99))

    assert ours == [theirs.within(share) for share in (0.5, 0.9, 0.99)]


@given(st.lists(st.integers(0, 400), min_size=3, max_size=3).filter(any))
def test_drift_is_judged_as_in_the_watch(counts: list[int]) -> None:
    bins = bins_of([(0.1, 0.5), (0.4, 0.2), (1.0, 0.0)])
    assert bins is not None
    # A reference so large that its own chance does not count.
    before = np.array([round(10**9 * share) for share in bins.usual])

    theirs = drift.drift("score", np.array(counts), before, columns=1)
    ours = stability(counts, bins.usual)

    assert ours.index == pytest.approx(theirs.index, rel=1e-5, abs=1e-6)
    assert ours.noise == pytest.approx(theirs.noise, rel=1e-5)
    near = abs(ours.index - theirs.beyond_chance) < 0.01 * theirs.beyond_chance
    assert near or ours.size == theirs.size


def test_selection_ratios_are_the_gates_where_each_vehicle_crosses_once() -> None:
    selection = np.array([1.0] * 30 + [0.0] * 90 + [1.0] * 40 + [0.0] * 240)
    country = ["MK"] * 120 + ["RS"] * 280

    theirs = selection_rates(selection, country, np.arange(400), least_ratio=0.8, least_group=50)
    ours = ratio_to_others(30, 120, others_chosen=40, others=280)

    mk = next(rate for rate in theirs if rate.country == "MK")
    assert (ours.value, ours.low, ours.high) == pytest.approx((mk.ratio, mk.low, mk.high), rel=1e-3)


def test_finds_are_the_labels_training_reads(tmp_path: Path) -> None:
    here = deployed(a_home(tmp_path, heads=()))
    filled(here)
    put(here, "crossing", [a_crossing(here, "again")])
    for version, result in enumerate(("arms", "nothing_found"), start=1):
        told = an_inspection(here, "again", "random", result, record_version=version)
        put(here, "inspection", [told])
    export(here.ledger, tmp_path / "events")
    outcomes = read_outcomes(tmp_path / "events")

    with here.facts.of_today(None) as facts:
        searched = sum(one.searched for one in facts.inspected)
        finds = {result: sum(result in one.results for one in facts.inspected) for result in FINDS}
        by_chance = sum(one.reason == "random" and one.searched for one in facts.inspected)
    movement_u = np.unique(outcomes["movement_u"].dropna().astype(np.int64))
    labels = {
        result: labels_as_of(outcomes, movement_u, target=[result], until_u=2**62)
        for result in FINDS
    }
    assert {result: int(of.hit.sum()) for result, of in labels.items()} == finds
    assert int(labels["arms"].searched.sum()) == searched
    assert int((labels["arms"].reason == "random").sum()) == by_chance


def test_facts_read_on_are_facts_read_at_once_on_each_store(store_url: str, tmp_path: Path) -> None:
    here = deployed(replace(a_home(tmp_path), store=store_url))
    kept = KeptFacts(here.ledger)
    with kept.of_today(here.champion):
        pass
    filled(here)
    with kept.of_today(here.champion):
        pass
    put(here, "crossing", [a_crossing(here, "X-0", record_version=2, vehicle_class="N2")])
    put(here, "inspection", [an_inspection(here, "X-1", "rule", "arms", record_version=2)])
    put(here, "inspection", [an_inspection(here, "X-50", "rule", "arms")])

    with kept.of_today(here.champion) as read_on:
        pass
    with KeptFacts(here.ledger).of_today(here.champion) as at_once:
        pass

    assert _plain(read_on) == _plain(at_once)
    assert len(at_once.controls) > 40
    assert sum(sum(of.values()) for of in at_once.actions.days.values()) > 60


def test_what_was_said_of_an_inspected_movement_outlives_a_backfill(
    store_url: str, tmp_path: Path
) -> None:
    here = deployed(replace(a_home(tmp_path), store=store_url))
    put(here, "crossing", [a_crossing(here, "X")])
    put(here, "inspection", [an_inspection(here, "X", "random", "nothing_found")])
    with KeptFacts(here.ledger).of_today(here.champion) as before:
        said = before.inspected[0].said

    seal(here.ledger, backfill=True)
    with here.facts.of_today(here.champion) as after:
        pass

    assert (before.epoch, after.epoch) == (1, 2)
    assert said["arms"].probability is not None
    assert after.inspected[0].said == said
    assert len(after.asked) == len(before.asked)


def _plain(facts: Facts) -> dict[str, object]:
    told = dict(vars(facts))
    for name in ("movements", "records", "actions", "outcomes", "binned", "plates"):
        told[name] = {day: dict(counts) for day, counts in told[name].days.items()}
    told["inspected"] = sorted(facts.inspected, key=lambda one: one.movement)
    told["unmatched"] = sorted(facts.unmatched, key=lambda one: one.begun_u)
    return told
