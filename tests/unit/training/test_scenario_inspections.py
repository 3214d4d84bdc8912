"""How made-up inspections go, and how they are written down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from training.scenario.days.movements import DECLARED_STRATA, Carriage, Inspections, nothing
from training.scenario.files.control_sheets import COLUMNS, inspection_rows
from training.scenario.office.control import (
    ARMS,
    CONTRABAND,
    LEVELS,
    NOTHING,
    PERSONS,
    RESULTS,
    corrections,
    detection_on,
    inspected,
)
from training.scenario.office.selection import RULE, Selection
from training.scenario.profile import load_profile
from training.scenario.world.vehicles import CLASSES

_MIDNIGHT = 1_772_496_000

#: Records on which nothing is written down wrong, and nothing else is found.
_FLAWLESS: dict[str, Any] = {
    "wrong_finds": 0.0, "other_contraband": 0.0, "documentary": 0.0,
    "inconclusive": 0.0, "not_searched": 0.0,
}  # fmt: skip


def carrying(n: int, *, arms: float = 0.0, people: float = 0.0) -> Carriage:
    """Movements (n,), the first of which carry, in those shares; seven pieces of arms each."""
    with_arms, with_people = (np.arange(n) < share * n for share in (arms, people))
    return replace(nothing(n), arms=with_arms, people=with_people, pieces=np.where(with_arms, 7, 0))


def all_inspected(
    carries: Carriage,
    *,
    stratum: str = "lorry",
    strata: Sequence[str] = CLASSES,
    detection: dict[str, float] | None = None,
    **outcomes: Any,
) -> Inspections:
    """Every movement inspected, by rule."""
    n, configured = len(carries.arms), load_profile("demo").outcomes
    zeros = np.zeros(n, dtype=np.int64)
    return inspected(
        Selection(np.arange(n), np.full(n, RULE), np.full(n, 0.5)),
        numbers=np.array([f"D{i}" for i in range(n)], dtype=object),
        post=zeros,
        at=np.full(n, _MIDNIGHT),
        carries=carries,
        strata=strata,
        stratum=np.full(n, strata.index(stratum)),
        entity=zeros,
        carrier=zeros - 1,
        outcomes=replace(configured, **outcomes),
        detection=configured.detection if detection is None else detection,
        rng=np.random.default_rng(8),
    )


@pytest.mark.parametrize(
    ("level", "arms", "people"),
    [
        ("documentary", 0.0, 0.0),
        ("visual", 0.35, 0.35),
        ("scanner", 0.6, 0.6),
        ("gas_probe", 0.35, 0.8),
        ("dog", 0.8, 0.8),
        ("full_unload", 0.95, 0.95),
    ],
)
def test_a_level_of_control_finds_its_share(level: str, arms: float, people: float) -> None:
    n = 60_000
    for carries, result, share in (
        (carrying(n, arms=1.0), ARMS, arms),
        (carrying(n, people=1.0), PERSONS, people),
    ):
        done = all_inspected(carries, **_FLAWLESS)
        at_level = done.result[done.level == LEVELS.index(level)]
        assert (at_level == result).mean() == pytest.approx(share, abs=0.02)


def test_a_better_scanner_finds_more_from_its_day_on() -> None:
    demo = load_profile("demo")
    shocks = replace(demo.shocks, better_scanner=demo.first_day + timedelta(days=30))
    profile = replace(demo, shocks=shocks)

    before, after = detection_on(profile, 29), detection_on(profile, 30)

    assert (before["scanner"], after["scanner"]) == (0.6, 0.9)
    assert {**after, "scanner": 0.6} == before
    assert detection_on(demo, demo.days - 1)["scanner"] == 0.6


def test_finds_are_written_down_with_the_pieces_carried() -> None:
    done = all_inspected(carrying(5000, arms=0.5, people=0.7))

    assert (done.pieces[done.result == ARMS] == 7).all()
    assert (done.pieces[done.result == PERSONS] >= 1).all()
    assert (done.pieces[(done.result != ARMS) & (done.result != PERSONS)] == 0).all()


def test_three_finds_in_a_hundred_are_written_down_as_something_else() -> None:
    sure = dict.fromkeys(LEVELS, 1.0)

    done = all_inspected(
        carrying(100_000, arms=1.0), detection=sure, **_FLAWLESS | {"wrong_finds": 0.03}
    )

    assert (done.result != ARMS).mean() == pytest.approx(0.03, rel=0.1)
    assert (done.result == NOTHING).mean() == pytest.approx(0.015, rel=0.15)
    assert (done.result == CONTRABAND).mean() == pytest.approx(0.015, rel=0.15)


def test_delays_have_the_configured_median_and_95th_percentile() -> None:
    done = all_inspected(carrying(40_000), delay_median_days=2.0, delay_p95_days=45.0)

    delay = (done.known - done.ended) / 86_400
    assert np.median(delay) == pytest.approx(2.0, rel=0.1)
    assert np.quantile(delay, 0.95) == pytest.approx(45.0, rel=0.1)
    assert (done.ended > done.started).all()
    assert (done.started > _MIDNIGHT).all()


def test_a_correction_is_a_later_second_version() -> None:
    carries = carrying(20_000, arms=0.25)
    made = all_inspected(carries, wrong_finds=0.5)

    again = corrections(made, carries, share=0.01, rng=np.random.default_rng(12))

    first = made.take(again.row)
    assert (again.version == 2).all()
    assert (again.known > first.known).all()
    put_right = again.result == ARMS
    assert carries.arms[again.row[put_right]].all()
    assert (again.pieces[put_right] == 7).all()
    assert put_right.sum() > 100
    clean = ~carries.arms & np.isin(made.result, [NOTHING, CONTRABAND])
    assert (~carries.arms[again.row]).sum() == pytest.approx(0.01 * clean.sum(), rel=0.25)


def test_a_parcel_is_mostly_scanned_and_never_gas_probed() -> None:
    done = all_inspected(carrying(5000), stratum="parcel", strata=DECLARED_STRATA)

    levels = np.bincount(done.level, minlength=len(LEVELS))
    assert levels.argmax() == LEVELS.index("scanner")
    assert levels[LEVELS.index("gas_probe")] == 0


def test_an_inspection_is_exported_with_its_finds() -> None:
    done = all_inspected(carrying(300, arms=1.0))
    posts: Any = SimpleNamespace(ids=np.array(["RS-HU-01"]), owner=np.array(["RS"]))

    rows = inspection_rows(done, posts, "customs-declarations", np.random.default_rng(18))

    table = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    assert [row["outcome"] for row in table] == [RESULTS[result] for result in done.result]
    assert {row["subject_system"] for row in table} == {"customs-declarations"}
    for row in table:
        quantities = [find["quantity"] for find in json.loads(row["finds"])]
        assert quantities == ([7] if row["outcome"] == "arms" else [])
