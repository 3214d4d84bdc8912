"""How good a head is on movements it has never seen, beside what else an office could do.

Each figure is given for the head, a challenger if there is one, the logistic baseline, the office's
rules and chance, with a 95 % interval: naively on the inspected, weighted by inverse propensity where
selection was uneven, and for all movements of the test days, inspected or not
(`training.policy_value`). Where the truth is known it stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as dataset
from rich.console import Console

from features.registry import FeatureSet
from features.spec import Floats, Integers
from models.champion import RulesOnly
from models.risk_model import RiskModel
from training.heads import TrainedHead, head_name, learnt_from, split_of
from training.intervals import Figure, bootstrapped, effective_number
from training.labels import Flags
from training.metrics import Ranking, Reliability, percent
from training.params import Params
from training.policy_value.all_movements import Ranked, over_all_movements
from training.policy_value.figures import BandCalibration, Estimate
from training.policy_value.groups import Group
from training.policy_value.logged import at_capacity
from training.policy_value.overlap import Overlap
from training.policy_value.recorded import labels_of
from training.rankers import Ranker, rankers_of
from training.split import Part
from training.truth import read_truth
from training.typologies import TypologyFound, found_by_typology
from training.weights import measuring_weights

#: u after everything.
_AT_THE_END = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Result:
    """Figures of one way to rank, on one slice of the test movements.

    Attributes:
        who: head, challenger, logistic, rules, random, or oracle.
        part: all: those inspected; leak_free: of these, those unlike any the head learnt from;
            movements: all movements of the test days, inspected or not; truth: the same, by what
            they carried.
        view: naive; weighted by inverse propensity; of part `movements` the way to infer: naive,
            random_slice, hajek or doubly_robust.
        rows: Movements measured on.
        hits: Hits among them.
        effective_hits: How many equally weighted hits those are worth.
        sufficient: Whether that is enough for the intervals to mean anything.
        figures: By name; without an interval where too little backs them.
        nothing: Why there was nothing to measure, in a sentence, and no figures; "" otherwise.
        movements: How many movements the figures speak of; of part `movements` only.
        estimates: The same figures with what backs each, at more capacities; likewise.
        bands: Whether probabilities hold, in the large and by band; likewise.
        groups: By post, mode or class, and band, at the main capacity; of doubly robust ones.
        overlap: What the log cannot tell of what is selected at that capacity; likewise.
        typologies: What was found of each, of part `truth` only.
    """

    head: str
    who: str
    part: str
    view: str
    rows: int
    hits: int
    effective_hits: float
    sufficient: bool
    figures: Mapping[str, Figure]
    nothing: str = ""
    movements: int = 0
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    bands: tuple[BandCalibration, ...] = ()
    groups: tuple[Group, ...] = ()
    overlap: Overlap | None = None
    typologies: tuple[TypologyFound, ...] = ()


def evaluate_all(
    trained: Mapping[str, TrainedHead | RulesOnly],
    movements: Mapping[str, pa.Table],
    outcomes: pd.DataFrame,
    *,
    features: FeatureSet,
    events: Path,
    params: Params,
    console: Console,
    challengers: Mapping[str, RiskModel] | None = None,
) -> list[Result]:
    """The results of every head there is; arguments as of `training.evaluate.evaluate_head`.

    `challengers` are, by head name, heads that would replace those trained.
    """
    results: list[Result] = []
    for subject, risk in params.heads:
        name = head_name(subject, risk)
        made = trained.get(name)
        if not isinstance(made, TrainedHead):
            continue
        with console.status(f"Evaluating {name}"):
            results += evaluate_head(
                made,
                movements[subject],
                outcomes,
                features=features,
                events=events,
                params=params,
                challenger=(challengers or {}).get(name),
            )
    return results


def evaluate_head(
    trained: TrainedHead,
    movements: pa.Table,
    outcomes: pd.DataFrame,
    *,
    features: FeatureSet,
    events: Path,
    params: Params,
    challenger: RiskModel | None = None,
) -> list[Result]:
    """All figures of one head; a slice or view without movements gives one result that says why.

    Args:
        trained: The head and its baseline.
        movements: Integers of the subject's movements.
        outcomes: Outcomes of inspections.
        features: The features the movements were made with.
        events: The export the movements came from.
        params: The parameter file.
        challenger: Another head of the same subject and risk.
    """
    card = trained.head.card
    parts = split_of(movements, outcomes, risk=card.risk, params=params)
    test = np.flatnonzero(parts.test.within)
    if not len(test):
        return [_nothing(card.name, "all", "naive", "No movement lies in the test days.")]
    models = {"head": trained.head}
    if challenger is not None:
        models["challenger"] = challenger
    models["logistic"] = trained.logistic
    tested = movements.take(pa.array(test))
    rankers = rankers_of(models, tested, features=features, params=params)
    labels = labels_of(parts.test.labels, test)
    free = leak_free(
        movements, learnt_from(parts, params), events=events, names=params.evaluate.leak_free
    )[test]
    weight = measuring_weights(labels.propensity)
    slices = {"all": labels.searched}
    if params.evaluate.leak_free:
        slices["leak_free"] = labels.searched & free
    results: list[Result] = []
    for part, inside in slices.items():
        views = {"naive": inside.astype(np.float64)}
        if (weight[inside] != 1).any():
            views["weighted"] = np.where(inside, weight, 0.0)
        for view, counted in views.items():
            some = np.flatnonzero(counted > 0)
            if not len(some):
                results.append(_nothing(card.name, part, view, _why(inside, labels.searched)))
                continue
            for who, ranker in rankers.items():
                made = _result(
                    ranker, some, labels.hit[some], counted[some],
                    capacities=params.evaluate.capacities, params=params,
                )  # fmt: skip
                results.append(Result(card.name, who, part, view, *made))
    # Where no propensity is known, the weighted view above has said why there is nothing to tell.
    if (weight[labels.searched] > 0).any():
        ranked = over_all_movements(
            rankers, tested, labels, outcomes,
            card=card, until_u=_AT_THE_END, capacities=params.evaluate.capacities,
            capacity=main_capacity(params), least_hits=params.evaluate.least_hits,
        )  # fmt: skip
        results += [_of_all(card.name, one, params) for one in ranked]
    if params.evaluate.truth:
        results += _against_truth(card.name, rankers, tested, params=params)
    return results


def main_capacity(params: Params) -> float:
    """The capacity at which parts of the work are looked at: the truth's, or the middle one."""
    capacities = sorted(params.evaluate.capacities)
    truth = params.evaluate.truth
    return truth.capacity if truth else capacities[len(capacities) // 2]


def leak_free(movements: pa.Table, learnt: Part, *, events: Path, names: Sequence[str]) -> Flags:
    """Whether no movement the head could learn from had the same values in these columns (n,).

    Args:
        movements: Integers of the subject's movements.
        learnt: What the head has learnt from.
        events: The export, for kinds of key.
        names: Integers of the movement, or kinds of key.
    """
    values = pd.DataFrame({name: _values(movements, name, events) for name in names})
    if values.empty:
        return np.ones(len(movements), dtype=bool)
    code = values.groupby(list(names), dropna=False, sort=False).ngroup().to_numpy()
    return ~np.isin(code, code[learnt.within])


def _nothing(head: str, part: str, view: str, why: str) -> Result:
    return Result(
        head, "head", part, view,
        rows=0, hits=0, effective_hits=0.0, sufficient=False, figures={}, nothing=why,
    )  # fmt: skip


def _why(inside: Flags, searched: Flags) -> str:
    """Why nothing counts of the slice, given what was searched in the test days (n,) each."""
    if not searched.any():
        return "No inspection of the test days has said what it found."
    if not inside.any():
        return "Every movement inspected in the test days is like one the head has learnt from."
    return "None of these inspections has a selection_propensity to be weighted by."


def _result(
    ranker: Ranker,
    some: Integers,
    hit: Flags,
    weight: Floats,
    *,
    capacities: Sequence[float],
    params: Params,
) -> tuple[int, int, float, bool, dict[str, Figure]]:
    ranking = Ranking(ranker.score[some], hit, capacities=capacities)
    reliability = None if ranker.probability is None else Reliability(ranker.probability[some], hit)

    def measure(weights: Floats) -> dict[str, Floats]:
        figures = ranking.measures(weights)
        return figures if reliability is None else figures | reliability.measures(weights)

    figures = bootstrapped(measure, weight, resamples=params.evaluate.resamples, seed=params.seed)
    effective = effective_number(weight[hit])
    sufficient = effective >= params.evaluate.least_hits
    return len(some), int(hit.sum()), effective, sufficient, figures


def _of_all(head: str, ranked: Ranked, params: Params) -> Result:
    rate = ranked.estimates["hit_rate"]
    told = {"hit_rate"} | {
        name
        for name in ranked.estimates
        for capacity in params.evaluate.capacities
        if name.endswith(f"_at_{percent(capacity)}")
    }
    return Result(
        head, ranked.who, "movements", ranked.method,
        rows=rate.rows,
        hits=rate.hits,
        effective_hits=rate.effective_hits,
        sufficient=rate.sufficient,
        figures={n: Figure(e.value, e.low, e.high) for n, e in ranked.estimates.items() if n in told},
        movements=ranked.movements,
        estimates=ranked.estimates,
        bands=ranked.bands,
        groups=ranked.groups,
        overlap=ranked.overlap,
    )  # fmt: skip


def _against_truth(
    name: str, rankers: Mapping[str, Ranker], tested: pa.Table, *, params: Params
) -> list[Result]:
    """Of all that was carried, what each would have found; the oracle ranks by the true risk."""
    settings = params.evaluate.truth
    if settings is None:
        return []
    subject, _, risk = name.partition("-")
    truth = read_truth(settings, tested, subject=subject, risk=risk)
    one = np.ones(len(truth.risk))
    asked = {who: Ranker(truth.highest(ranker.score)) for who, ranker in rankers.items()}
    asked["oracle"] = Ranker(truth.risk)
    capacities = sorted({settings.capacity, *params.evaluate.capacities})
    results = []
    for who, ranker in asked.items():
        made = _result(
            ranker, np.arange(len(one)), truth.carried, one, capacities=capacities, params=params
        )
        found = found_by_typology(truth, at_capacity(ranker.score, settings.capacity))
        results.append(Result(name, who, "truth", "naive", *made, typologies=found))
    return results


def _values(movements: pa.Table, name: str, events: Path) -> pd.Series[str] | Integers:
    """One value a movement: an integer of its own, or its key of some kind."""
    if name in movements.column_names:
        values: Integers = movements[name].to_numpy()
        return values
    files = dataset.dataset(sorted(str(path) for path in events.glob("events-*.parquet")))
    keys = files.to_table(columns=["u", f"key_{name}"], filter=dataset.field("is_movement"))
    by_u = pd.DataFrame(keys.to_pandas()).set_index("u")[f"key_{name}"]
    return by_u.reindex(movements["u"].to_numpy()).reset_index(drop=True)
