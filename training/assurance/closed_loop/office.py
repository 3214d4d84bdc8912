"""An office that selects by what Vardar says, and from whose outcomes Vardar learns again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from training.assurance.closed_loop.journal import Journal, Judgement
from training.assurance.closed_loop.judging import Judging, Rankings, Retraining
from training.assurance.closed_loop.kept import Kept
from training.assurance.closed_loop.live_ledger import LiveLedger
from training.assurance.closed_loop.ranking import REFERENCE_DAYS, top_of_rankings
from training.assurance.closed_loop.retention import FOR_EVER, Retention
from training.assurance.closed_loop.selecting import Judged, Spending, drawn, judged
from training.labels import Flags
from training.params import Params
from training.scenario.days.movements import (
    DECLARED_STRATA,
    Carriage,
    Crossings,
    Day,
    Declarations,
    Inspections,
)
from training.scenario.files.control_sheets import inspection_rows
from training.scenario.files.day_lines import BORDER, DECLARATIONS, DayLines
from training.scenario.office.joint_operations import posts_taking_part
from training.scenario.office.selection import MOST, Selection
from training.scenario.streams import Integers, Stream, stream
from training.scenario.world.world import World

_DAY = 86_400

#: Where the records of a subject come from, and what is drawn apart from the days' controls.
_SYSTEMS = {"consignment": DECLARATIONS, "crossing": BORDER}
_FINDS_STREAM = 2_000_000

#: Days in which overspent capacity is saved again.
_SAVING_DAYS = 7


class OwnOffice:
    """The `Selector` of a closed loop.

    Outcomes known on the day of their inspection enter the ledger when that day closes, since
    the whole day is selected at once; all others at their own moment.

    Args:
        world: Whose days they are.
        live: The ledger the days go through.
        spending: How capacity is spent.
        params: What decides the heads.
        retention: How long heads may learn from a movement.
        tell: Is told of each retraining.
    """

    def __init__(
        self,
        world: World,
        live: LiveLedger,
        *,
        spending: Spending,
        params: Params,
        retention: Retention = FOR_EVER,
        tell: Callable[[Retraining], None] = lambda _: None,
    ) -> None:
        self.kept, self.journal = Kept(live.features), Journal()
        self._world, self._live, self._spending, self._tell = world, live, spending, tell
        self._judging = Judging(live.features, params, retention=retention)
        self._lines = DayLines(world)
        self._secret = live.ledger.keyring.draws
        self._today: Day | None = None
        #: Place of today's movements among those kept, by number and in their first version.
        self._places: dict[str, int] = {}
        #: How many groups of today's outcomes have been sent: of goods, of crossings.
        self._sent = (0, 0)
        self._days = 0
        self._references: dict[str, deque[Rankings]] = {
            subject: deque(maxlen=REFERENCE_DAYS) for subject in _SYSTEMS
        }
        #: Inspections that rankings selected beyond their share so far; below 0 what is left.
        self._overspent = dict.fromkeys(_SYSTEMS, 0.0)

    def see(self, today: Day) -> None:
        """Put new heads in force when a month begins; let all that became known enter."""
        if today.date.day == 1 and self._days:
            self._tell(self._judging.retrain(self.kept, day=self._days))
            self._rank_references_anew()
        lines = self._lines.of(replace(today, goods_outcomes=[], crossing_outcomes=[]))
        for name, sent in lines.items():
            self._live.send(name, sent.text)
        self._send_outcomes(today.goods_outcomes, today.crossing_outcomes, today)
        self._sent = len(today.goods_outcomes), len(today.crossing_outcomes)
        known = self._live.enter_until(today.midnight + _DAY)
        self.kept.add(known)
        self._places = {}
        for subject in _SYSTEMS:
            mine = [one for one in known if one.arrival.kind == subject]
            for place, one in enumerate(mine):
                if one.entered.supersedes is None:
                    self._places[one.arrival.record.source_record_id] = place
        self._today, self._days = today, self._days + 1

    def choose_goods(self, declared: Declarations, day: int, rng: np.random.Generator) -> Selection:
        """Whom to inspect of the day's declarations."""
        today, lanes = self._seen(day), self._world.firms.lanes
        return self._choose(
            "consignment",
            today.declaration_numbers,
            stratum=declared.stratum,
            post=lanes.post[declared.lane],
            entity=declared.lane,
            carries=declared.carries,
            rng=rng,
        )

    def choose_crossings(self, crossed: Crossings, day: int, rng: np.random.Generator) -> Selection:
        """Whom to inspect of the day's crossings."""
        return self._choose(
            "crossing",
            self._seen(day).crossing_numbers,
            stratum=len(DECLARED_STRATA) + crossed.kind,
            post=crossed.passages.post,
            entity=crossed.passages.vehicle,
            carries=crossed.carries,
            rng=rng,
        )

    def learn(self, goods: Sequence[Inspections], crossings: Sequence[Inspections]) -> None:
        """Take what became known today; of today's own inspections it enters tonight."""
        today = self._seen()
        self._send_outcomes(goods[self._sent[0] :], crossings[self._sent[1] :], today)
        self.journal.learn([*goods, *crossings], today.number)

    def _choose(
        self,
        subject: str,
        numbers: list[str],
        *,
        stratum: Integers,
        post: Integers,
        entity: Integers,
        carries: Carriage,
        rng: np.random.Generator,
    ) -> Selection:
        today = self._seen()
        ranked = self._judging.rank(subject, self.kept.of_today(subject))
        self._references[subject].append(ranked)
        place = np.array([self._places.get(number, -1) for number in numbers], dtype=np.int64)
        mine = ranked.at(place)
        judged_by_rank = self._judged(subject, mine, seen=place >= 0)
        joint, tipped = self._called_upon(today, post, carries, rng)
        chosen = drawn(
            judged_by_rank,
            identities=[f"{_SYSTEMS[subject]}\0{number}" for number in numbers],
            secret=self._secret,
            chance=self._spending.chance,
            joint=joint,
            tipped=tipped,
        )
        made = Judgement(
            stratum=stratum,
            post=post,
            entity=entity,
            carries=carries,
            probabilities=mine.probabilities,
            scores=mine.scores,
            propensity=judged_by_rank.propensity,
            chosen=chosen,
        )
        self.journal.add(subject, today.number, numbers, made)
        return chosen

    def _judged(self, subject: str, mine: Rankings, *, seen: Flags) -> Judged:
        """What rankings, duty and chance make of the day's movements (n,)."""
        days, spending = list(self._references[subject]), self._spending
        duty = np.concatenate([day.mandatory for day in days]).mean()
        share = max(0.0, spending.capacity - spending.chance - float(duty))
        # What was selected too often is saved within about a week, by what rankings selected and
        # not by what was drawn: so propensities stay exact.
        saved = self._overspent[subject] / (_SAVING_DAYS * max(1, len(seen)))
        top = top_of_rankings(
            mine, days, share=min(max(share - saved, 0.0), 1.0), ruled=spending.ruled
        )
        # What is not in the ledger by midnight has no score: chance, tips and duty can name it.
        selected = np.where(seen, top.selected, 0.0)
        self._overspent[subject] += float(selected[~mine.mandatory].sum()) - share * len(seen)
        return judged(selected, top.by, mine.mandatory, chance=spending.chance)

    def _called_upon(
        self, today: Day, post: Integers, carries: Carriage, rng: np.random.Generator
    ) -> tuple[Flags, Flags]:
        """Whom (n,) a joint operation controls, and whom a tip names, as in the scenario."""
        controls = self._world.profile.controls
        posts = posts_taking_part(
            today.date,
            seed=self._world.seed,
            posts=len(self._world.posts.ids),
            length_days=controls.joint_days,
        )
        p_joint = min(MOST, controls.multiplier * controls.joint_rate)
        p_tip = np.where(carries.arms | carries.people, controls.tip_carrying, controls.tip_clean)
        is_joint, is_tip = rng.random((2, len(post)))
        return is_joint < np.where(posts[post], p_joint, 0.0), is_tip < p_tip

    def _rank_references_anew(self) -> None:
        """What the last days would have scored under the heads now in force."""
        for subject, reference in self._references.items():
            first = max(0, self._days - REFERENCE_DAYS + 1)
            reference.clear()
            if first < self._days:
                days = self.kept.of_days(subject, first=first, until=self._days)
                reference.append(self._judging.rank(subject, days))

    def _send_outcomes(
        self, goods: Sequence[Inspections], crossings: Sequence[Inspections], today: Day
    ) -> None:
        rng = stream(self._world.seed, Stream.CONTROL, _FINDS_STREAM + today.number)
        for system, outcomes in ((DECLARATIONS, goods), (BORDER, crossings)):
            for done in outcomes:
                rows = inspection_rows(done, self._world.posts, system, rng)
                self._live.send_rows("inspections", rows)

    def _seen(self, day: int | None = None) -> Day:
        if self._today is None or (day is not None and day != self._today.number):
            raise RuntimeError("A day is seen before anything is chosen of it.")
        return self._today
