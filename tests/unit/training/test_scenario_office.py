"""How the made-up office selects, inspects and learns."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from training.scenario.days.movements import (
    DECLARED_STRATA,
    Carriage,
    Crossings,
    Declarations,
    Inspections,
    Passages,
    nothing,
)
from training.scenario.office.control import REASONS, inspected
from training.scenario.office.indicators import (
    CROSSING_POINTS,
    GOODS_POINTS,
    crossing_indicators,
    goods_indicators,
)
from training.scenario.office.joint_operations import posts_taking_part
from training.scenario.office.office import Office
from training.scenario.office.selection import CHANCE, JOINT, MANDATORY, MODEL, RULE, Selection
from training.scenario.profile import Profile, load_profile
from training.scenario.streams import Flags, Stream, stream
from training.scenario.world.vehicles import BUS, CLASSES, TRAIN

# The generator is long settled; `make check` leaves it to `make test`.
pytestmark = pytest.mark.slow

_POSTS, _LANES, _VEHICLES, _GOODS = 12, 400, 600, 4
_MIDNIGHT = 1_772_496_000  # the demo's first day


def a_profile(**controls: Any) -> Profile:
    """The demo without joint operations and tips, unless told."""
    demo = load_profile("demo")
    quiet = {"joint_rate": 0.0, "tip_carrying": 0.0, "tip_clean": 0.0} | controls
    return replace(demo, controls=replace(demo.controls, **quiet))


def a_world(profile: Profile) -> Any:
    rng = np.random.default_rng(7)
    lanes = SimpleNamespace(
        good=rng.integers(0, _GOODS, _LANES),
        post=rng.integers(0, _POSTS, _LANES),
    )
    return SimpleNamespace(
        profile=profile,
        seed=1,
        posts=SimpleNamespace(
            ids=np.array([f"RS-HU-{i:02d}" for i in range(_POSTS)]),
            car_weight=np.linspace(2.0, 60.0, _POSTS),
        ),
        goods=SimpleNamespace(metal=np.arange(_GOODS) == 0),
        firms=SimpleNamespace(lanes=lanes),
        vehicles=SimpleNamespace(tare_kg=np.full(_VEHICLES, 2000.0)),
    )


def a_carriage(n: int, *, arms: Flags | None = None, people: Flags | None = None) -> Carriage:
    none = np.zeros(n, dtype=bool)
    arms, people = none if arms is None else arms, none if people is None else people
    return replace(nothing(n), arms=arms, people=people, pieces=np.where(arms, 7, 0))


def declarations(n: int, rng: np.random.Generator, *, day: int = 0, **told: Any) -> Declarations:
    """A day's declarations with indicators here and there; `told` columns are as told."""
    lane = rng.integers(0, _LANES, n)
    lodged = np.sort(_MIDNIGHT + day * 86_400 + rng.integers(0, 86_400, n))
    columns: dict[str, Any] = {f.name: np.zeros(n) for f in fields(Declarations)} | {
        "lane": lane,
        "stratum": rng.integers(0, 2, n),
        "lodged": lodged,
        "expected": lodged,
        "presented": lodged - rng.integers(-15, 15, n) * 3600,
        "value_eur": np.exp(rng.normal(5, 1, n)),
        "price": rng.normal(0, 1, n),
        "density": rng.normal(0, 1, n),
        "described_as": np.zeros(n, dtype=np.int64),
        "carries": a_carriage(n),
    }
    for name, share in (
        ("seal_missing", 0.05),
        ("invoice_missing", 0.1),
        ("licence_missing", 0.002),
        ("certificate_missing", 0.02),
        ("generic", 0.2),
    ):
        columns[name] = rng.random(n) < share
    return Declarations(**columns | told)


def crossings(n: int, rng: np.random.Generator, *, day: int = 0, **told: Any) -> Crossings:
    """A day's crossings, as many of each class, likewise."""
    at = np.sort(_MIDNIGHT + day * 86_400 + rng.integers(0, 86_400, n))
    passage: dict[str, Any] = {f.name: np.zeros(n) for f in fields(Passages)} | {
        "vehicle": rng.integers(0, _VEHICLES, n),
        "post": rng.integers(0, _POSTS, n),
        "at": at,
    }
    kind = np.arange(n) % len(CLASSES)
    extra = (kind == BUS) & (rng.random(n) < 0.1)
    columns: dict[str, Any] = {f.name: np.zeros(n) for f in fields(Crossings)} | {
        "passages": Passages(**passage),
        "kind": kind,
        "weight_kg": np.where(rng.random(n) < 0.5, rng.normal(2200, 300, n), np.nan),
        "declared_kg": np.where(rng.random(n) < 0.5, 100.0, np.nan),
        "passengers_declared": np.where(kind == BUS, 30, -1),
        "passengers_counted": np.where(kind == BUS, 30 + extra, -1),
        "wait_minutes": np.where(kind == TRAIN, rng.integers(60, 600, n), 10),
        "carries": a_carriage(n),
    }
    return Crossings(**columns | told)


def all_inspected(
    declared: Declarations, chosen: Selection, profile: Profile, rng: np.random.Generator
) -> Inspections:
    """The inspections of the chosen declarations."""
    return inspected(
        chosen,
        numbers=np.full(len(declared.lane), "D", dtype=object),
        post=declared.lane,
        at=declared.lodged,
        carries=declared.carries,
        strata=DECLARED_STRATA,
        stratum=declared.stratum,
        entity=declared.lane,
        carrier=declared.lane,
        outcomes=profile.outcomes,
        detection=profile.outcomes.detection,
        rng=rng,
    )


@pytest.mark.parametrize("multiplier", [1.0, 4.0])
def test_an_office_meets_its_control_rates_over_a_year(multiplier: float) -> None:
    profile = a_profile(multiplier=multiplier)
    controls, office = profile.controls, Office(a_world(profile))
    rng, n, days = np.random.default_rng(1), 750, 365
    counts = np.zeros((len(DECLARED_STRATA) + len(CLASSES), len(REASONS)))
    totals = np.zeros(len(counts))

    for day in range(days):
        declared, crossed = declarations(n, rng, day=day), crossings(n, rng, day=day)
        goods, traffic = (
            office.choose_goods(declared, day, rng),
            office.choose_crossings(crossed, day, rng),
        )
        np.add.at(counts, (declared.stratum[goods.row], goods.reason), 1)
        np.add.at(counts, (2 + crossed.kind[traffic.row], traffic.reason), 1)
        totals += np.bincount(np.r_[declared.stratum, 2 + crossed.kind], minlength=len(totals))

    shares = counts / totals[:, None]
    for code, name in enumerate((*DECLARED_STRATA, *CLASSES)):
        for reason, rate in ((RULE, getattr(controls, name)), (CHANCE, controls.random_floor)):
            asked = rate * multiplier
            # A tenth, and what chance adds in so many draws.
            near = 0.1 * asked + 2 * np.sqrt(asked / totals[code])
            assert shares[code, reason] == pytest.approx(asked, abs=near), name


def test_the_recorded_propensity_is_the_probability_of_selection() -> None:
    office, rng = Office(a_world(a_profile())), np.random.default_rng(2)
    declared = declarations(400, rng)
    times, propensity = np.zeros(400), np.full(400, np.nan)

    # The same day again and again: the office's level stays, only the draws differ.
    for _ in range(1000):
        chosen = office.choose_goods(declared, 0, rng)
        times[chosen.row] += 1
        propensity[chosen.row] = chosen.propensity

    free = propensity < 1
    error = (times / 1000 - propensity)[free] / np.sqrt(propensity * (1 - propensity) / 1000)[free]
    assert (times > 0).all()
    assert np.abs(error).max() < 4.5
    assert np.ptp(propensity) > 0.1


def test_goods_without_their_licence_are_always_controlled() -> None:
    office, rng = Office(a_world(a_profile())), np.random.default_rng(3)
    declared = declarations(2000, rng)

    chosen = office.choose_goods(declared, 0, rng)

    must = np.flatnonzero(declared.licence_missing)
    assert len(must) > 0
    assert chosen.row[chosen.reason == MANDATORY].tolist() == must.tolist()
    assert (chosen.propensity[chosen.reason == MANDATORY] == 1).all()


def test_a_joint_operation_controls_only_at_its_posts() -> None:
    profile = a_profile(multiplier=2.0, random_floor=0.0, joint_rate=0.2)
    world = a_world(profile)
    office, rng = Office(world), np.random.default_rng(6)

    for day in range(profile.days):
        today = profile.first_day + timedelta(days=day)
        crossed = crossings(500, rng, day=day)
        chosen = office.choose_crossings(crossed, day, rng)
        joint = posts_taking_part(today, seed=world.seed, posts=_POSTS, length_days=6)
        at = crossed.passages.post
        assert joint[at[chosen.row[chosen.reason == JOINT]]].all()
        if joint.any():
            share = (chosen.reason == JOINT).sum() / joint[at].sum()
            assert share == pytest.approx(0.4, abs=0.2)


def test_a_model_prefers_the_indicator_that_pays_at_the_same_control_rate() -> None:
    """Goods described generically carry; low prices, on which the rules set more, say nothing."""
    switch, days, n = 60, 100, 1500
    profile = a_profile(model_from=load_profile("demo").first_day + timedelta(days=switch))
    office, rng = Office(a_world(profile)), np.random.default_rng(14)
    coming: dict[int, list[Inspections]] = {}
    generic: dict[int, list[Flags]] = {RULE: [], MODEL: []}

    for day in range(days):
        declared = declarations(n, rng, day=day)
        arms = declared.generic & (rng.random(n) < 0.3)
        declared = replace(declared, carries=a_carriage(n, arms=arms))
        chosen = office.choose_goods(declared, day, rng)
        now, then = (MODEL, RULE) if day >= switch else (RULE, MODEL)
        generic[now].append(declared.generic[chosen.row[chosen.reason == now]])
        assert not (chosen.reason == then).any()
        done = all_inspected(declared, chosen, profile, rng)
        when = (done.known - _MIDNIGHT) // 86_400
        for known in np.unique(when):
            coming.setdefault(int(known), []).append(done.take(when == known))
        office.learn(coming.pop(day, []), [])

    by_rule, by_model = (np.concatenate(generic[reason]) for reason in (RULE, MODEL))
    assert by_rule.mean() < 0.4
    assert by_model.mean() > 0.7
    rate = profile.controls.freight * profile.controls.multiplier
    assert len(by_model) / ((days - switch) * n) == pytest.approx(rate, rel=0.1)


def test_one_seed_selects_the_same_movements() -> None:
    chosen = []
    for _ in range(2):
        office = Office(a_world(a_profile()))
        crossed = crossings(3000, np.random.default_rng(16))
        chosen.append(office.choose_crossings(crossed, 0, stream(1, Stream.CONTROL, 0)))

    assert chosen[0].row.tolist() == chosen[1].row.tolist()
    assert np.array_equal(chosen[0].propensity, chosen[1].propensity)


def test_every_indicator_has_points() -> None:
    world, rng = a_world(a_profile()), np.random.default_rng(20)

    goods = goods_indicators(declarations(5000, rng), world.firms.lanes, world.goods)
    traffic = crossing_indicators(crossings(5000, rng), world.vehicles, world.posts)

    for bits, points in ((goods, GOODS_POINTS), (traffic, CROSSING_POINTS)):
        assert bits.shape == (5000, len(points))
        assert bits.any(axis=0).all()
        assert not bits.all(axis=0).any()
