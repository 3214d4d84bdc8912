"""How an office selects: simple rules or a model of its own outcomes, chance, duty, tips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from training.scenario.days.calendar import epoch_seconds
from training.scenario.days.intercept import Intercept
from training.scenario.days.movements import (
    DECLARED_STRATA,
    Carriage,
    Crossings,
    Day,
    Declarations,
    Inspections,
)
from training.scenario.office.indicators import (
    CROSSING_POINTS,
    GOODS_POINTS,
    crossing_indicators,
    goods_indicators,
)
from training.scenario.office.joint_operations import posts_taking_part
from training.scenario.office.office_model import OfficeModel
from training.scenario.office.selection import MODEL, MOST, RULE, Selection, selected
from training.scenario.profile import Profile
from training.scenario.streams import Flags, Floats, Integers
from training.scenario.world.vehicles import CLASSES
from training.scenario.world.world import World


class Office:
    """Selects each day's movements for inspection, day after day, and learns from the outcomes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._goods = _Judgement(world.profile, DECLARED_STRATA, GOODS_POINTS)
        self._crossings = _Judgement(world.profile, CLASSES, CROSSING_POINTS)

    def see(self, today: Day) -> None:
        """Nothing: these officers judge each movement by its own papers, when it is before them."""

    def choose_goods(self, declared: Declarations, day: int, rng: np.random.Generator) -> Selection:
        """Whom to inspect of the declarations of that day of the period; once a day."""
        lanes = self._world.firms.lanes
        return self._choose(
            self._goods,
            goods_indicators(declared, lanes, self._world.goods),
            stratum=declared.stratum,
            entity=declared.lane,
            post=lanes.post[declared.lane],
            carries=declared.carries,
            mandatory=declared.licence_missing,
            day=day,
            rng=rng,
        )

    def choose_crossings(self, crossed: Crossings, day: int, rng: np.random.Generator) -> Selection:
        """Whom to inspect of the crossings of that day; once a day."""
        return self._choose(
            self._crossings,
            crossing_indicators(crossed, self._world.vehicles, self._world.posts),
            stratum=crossed.kind,
            entity=crossed.passages.vehicle,
            post=crossed.passages.post,
            carries=crossed.carries,
            mandatory=np.zeros(len(crossed.kind), dtype=bool),
            day=day,
            rng=rng,
        )

    def learn(self, goods: Sequence[Inspections], crossings: Sequence[Inspections]) -> None:
        """Takes the outcomes that became known today."""
        self._goods.model.learn(goods)
        self._crossings.model.learn(crossings)

    def _choose(
        self,
        judgement: _Judgement,
        bits: Flags,
        *,
        stratum: Integers,
        entity: Integers,
        post: Integers,
        carries: Carriage,
        mandatory: Flags,
        day: int,
        rng: np.random.Generator,
    ) -> Selection:
        profile = self._world.profile
        joint = posts_taking_part(
            profile.first_day + timedelta(days=day),
            seed=self._world.seed,
            posts=len(self._world.posts.ids),
            length_days=profile.controls.joint_days,
        )
        judged, by = judgement.probabilities(bits, stratum, day)
        chosen = selected(
            judged,
            by=by,
            mandatory=mandatory,
            carrying=carries.arms | carries.people,
            in_joint_operation=joint[post],
            controls=profile.controls,
            rng=rng,
        )
        if profile.controls.model_from is not None:
            row = chosen.row
            judgement.model.remember(
                day, row, entity=entity[row], stratum=stratum[row], bits=bits[row]
            )
        return chosen


class _Judgement:
    """Turns indicators into probabilities that meet each stratum's control rate."""

    def __init__(
        self, profile: Profile, strata: Sequence[str], points: Mapping[str, float]
    ) -> None:
        controls = profile.controls
        self._rates = [
            min(MOST, controls.multiplier * float(getattr(controls, name))) for name in strata
        ]
        self._points = np.array(list(points.values()))
        self._first_day, self._model_from = profile.first_day, controls.model_from
        self._levels = [Intercept() for _ in strata]
        self._refreshed: date | None = None
        self.model = OfficeModel(
            strata=len(strata),
            indicators=len(points),
            first_midnight=epoch_seconds(profile.first_day),
        )

    def probabilities(self, bits: Flags, stratum: Integers, day: int) -> tuple[Floats, int]:
        """Probabilities (n,) of selection, and whether by `RULE` or `MODEL`."""
        today = self._first_day + timedelta(days=day)
        by_model = self._model_from is not None and today >= self._model_from
        if by_model:
            self._refresh(today)
        scores = self.model.score(bits) if by_model else np.asarray(bits @ self._points)
        found = np.zeros(len(scores))
        for code, (level, rate) in enumerate(zip(self._levels, self._rates, strict=True)):
            mine = stratum == code
            found[mine] = np.minimum(level.probabilities(scores[mine], rate), MOST)
        return found, MODEL if by_model else RULE

    def _refresh(self, today: date) -> None:
        """Takes new weights when a month begins; the levels of the old ones say nothing then."""
        if self._refreshed is None or today.replace(day=1) > self._refreshed:
            self._refreshed = today
            self.model.refresh()
            self._levels = [Intercept() for _ in self._levels]
