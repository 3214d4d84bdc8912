"""How a head would have done month by month, each time knowing only what was known at its start.

For each month a head is fitted on what had become known before it, and measured on the month's
movements by the outcomes known some weeks after its end (prequential: Dawid, JRSS A 1984).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from models.champion import RulesOnly
from training.errors import NothingToLearn
from training.evaluate import main_capacity
from training.heads import TrainedHead, train_head
from training.intervals import Figure
from training.labels import labels_as_of
from training.material import Material
from training.params import Params, SplitParams, Subject
from training.policy_value.all_movements import Ranked, over_all_movements
from training.policy_value.logged import at_capacity
from training.rankers import Ranker, rankers_of
from training.shares import wilson
from training.truth import read_truth

#: How long after a month outcomes are waited for, in days.
MATURED_DAYS = 45
_DAY = 86_400_000_000


@dataclass(frozen=True)
class Told:
    """A figure of a month.

    Attributes:
        effective_hits: Equally weighted hits that back it.
        sufficient: Whether those are enough; without an interval otherwise.
    """

    value: float
    low: float
    high: float
    effective_hits: float
    sufficient: bool


@dataclass(frozen=True)
class Month:
    """What one month says of a head.

    Attributes:
        month: As 2026-04.
        kind: boosted_trees, logistic, or rules_only.
        reason: Why there is no model; "" where there is one.
        trained_rows: Labelled movements it was made from.
        trained_hits: Hits among them.
        movements: Movements of the month.
        inspected: Those that measure.
        hits: Hits among these.
        matured: Whether outcomes of all the weeks waited for were there.
        capacity: The share of movements selected.
        expected: Mean probability the head gave to the month's movements.
        hit_rate: Share of hits among them.
        figures: By who ranks (head, logistic, rules, random): precision, recall, lift.
        truth: Recall by what was truly carried, by who ranks; empty where that is not known.
    """

    head: str
    month: str
    kind: str
    reason: str
    trained_rows: int
    trained_hits: int
    movements: int
    inspected: int
    hits: int
    matured: bool
    capacity: float
    expected: float
    hit_rate: Told
    figures: Mapping[str, Mapping[str, Told]]
    truth: Mapping[str, Figure]


def months_of(material: Material, params: Params) -> list[date]:
    """First days of the months that have enough history before them, and movements in them.

    Raises:
        NothingToLearn: if there is none.
    """
    event_at = np.concatenate([t["event_at"].to_numpy() for t in material.movements.values()])
    first = _day_of(int(event_at.min()))
    last = _day_of(int(event_at.max()))
    embargo = params.split.embargo_days
    # A measured embargo may ask for more; a month that then has too little behind it says so.
    fixed = embargo if isinstance(embargo, int) else 0
    needed = timedelta(days=_valid_days(params.split) + fixed + 1)
    months = [month for month in _months(first, last) if month - needed >= first]
    if not months:
        raise NothingToLearn(
            f"No month has {needed.days} days of history before it; import more, or shorten "
            "valid_days in the parameter file."
        )
    return months


def measure_month(
    material: Material, *, subject: Subject, risk: str, month: date, params: Params
) -> Month:
    """Fit on what was known when the month began, and measure on its movements.

    Args:
        material: Movements, outcomes and features.
        subject: Kind of movement.
        risk: One of the targets.
        month: Its first day.
        params: The parameter file; where its split lies is set by the month.
    """
    start, end = _microseconds(month), _microseconds(_next(month))
    movements, outcomes = material.movements[subject], material.outcomes
    u, event_at = movements["u"].to_numpy(), movements["event_at"].to_numpy()
    asked = params.model_copy(update={"split": _split_at(params.split, month)})
    made: TrainedHead | RulesOnly
    try:
        made = train_head(
            movements.filter(pa.array((u < start) & (event_at < start))),
            outcomes[outcomes["u"] < start],
            features=material.features,
            subject=subject,
            risk=risk,
            params=asked,
            texts=material.texts,
            reports=material.reports,
        )
    except NothingToLearn as error:
        made = RulesOnly(subject=subject, risk=risk, reason=str(error))
    tested = movements.filter(pa.array((event_at >= start) & (event_at < end)))
    until_u = end + MATURED_DAYS * _DAY
    matured = bool(len(outcomes)) and int(outcomes["u"].max()) >= until_u
    if isinstance(made, RulesOnly):
        return _without(made, month, movements=len(tested), matured=matured, params=params)
    models = {"head": made.head, "logistic": made.logistic}
    rankers = rankers_of(models, tested, features=material.features, params=params)
    labels = labels_as_of(
        outcomes, tested["u"].to_numpy(), target=params.targets[risk], until_u=until_u
    )
    capacity = main_capacity(params)
    ranked = over_all_movements(
        rankers, tested, labels, outcomes,
        card=made.head.card, until_u=until_u, capacities=(capacity,), capacity=capacity,
        methods=("doubly_robust",), least_hits=params.evaluate.least_hits, in_parts=False,
    )  # fmt: skip
    head = ranked[0]
    card = made.head.card
    rate = head.estimates["hit_rate"]
    return Month(
        head=card.name,
        month=f"{month:%Y-%m}",
        kind=card.kind,
        reason="",
        trained_rows=card.trained_rows,
        trained_hits=card.trained_hits,
        movements=head.movements,
        inspected=rate.rows,
        hits=rate.hits,
        matured=matured,
        capacity=capacity,
        expected=head.bands[0].expected,
        hit_rate=_told(head, "hit_rate"),
        figures={
            one.who: {name.partition("_at_")[0]: _told(one, name)
                      for name in one.estimates if "_at_" in name}
            for one in ranked
        },
        truth=_by_truth(rankers, tested, subject=subject, risk=risk, params=params),
    )  # fmt: skip


def _by_truth(
    rankers: Mapping[str, Ranker], tested: pa.Table, *, subject: str, risk: str, params: Params
) -> dict[str, Figure]:
    """The share of what was carried that each ranking finds, and the oracle's."""
    if params.evaluate.truth is None:
        return {}
    truth = read_truth(params.evaluate.truth, tested, subject=subject, risk=risk)
    carrying = int(truth.carried.sum())
    if not carrying:
        return {}
    scores = {who: truth.highest(ranker.score) for who, ranker in rankers.items()}
    scores["oracle"] = truth.risk
    capacity = main_capacity(params)
    return {
        who: wilson(float(at_capacity(score, capacity)[truth.carried].sum()), carrying)
        for who, score in scores.items()
    }


def _told(ranked: Ranked, name: str) -> Told:
    of = ranked.estimates[name]
    return Told(of.value, of.low, of.high, of.effective_hits, of.sufficient)


def _without(
    made: RulesOnly, month: date, *, movements: int, matured: bool, params: Params
) -> Month:
    nothing = Told(np.nan, np.nan, np.nan, 0.0, sufficient=False)
    return Month(
        head=f"{made.subject}-{made.risk}", month=f"{month:%Y-%m}", kind="rules_only",
        reason=made.reason, trained_rows=0, trained_hits=0, movements=movements, inspected=0,
        hits=0, matured=matured, capacity=main_capacity(params), expected=np.nan,
        hit_rate=nothing, figures={}, truth={},
    )  # fmt: skip


def _split_at(split: SplitParams, month: date) -> SplitParams:
    """The same split, with its test beginning at the month."""
    days = {"valid_days": None, "test_days": None, "test_from": month,
            "valid_from": month - timedelta(days=_valid_days(split))}  # fmt: skip
    return SplitParams.model_validate(split.model_dump() | days)


def _valid_days(split: SplitParams) -> int:
    if split.valid_from and split.test_from:
        return (split.test_from - split.valid_from).days
    return split.valid_days or 1


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = _next(month)


def _next(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _day_of(microseconds: int) -> date:
    return datetime.fromtimestamp(microseconds / 1e6, UTC).date()


def _microseconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000
