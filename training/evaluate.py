"""How good a head is on movements it has never seen, beside what else an office could do.

Each figure is given for the head, the logistic baseline, the office's rules and chance, with a 95 %
interval; naively on the inspected, and weighted by inverse propensity where selection was uneven.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as dataset
from rich.console import Console

from features.registry import SUBJECTS, FeatureSet
from features.spec import Floats, Integers
from features.table import matrix
from models.champion import RulesOnly
from models.risk_model import RiskModel
from models.rules import Rule, load_rules
from models.rules import evaluate as rule_scores
from training.heads import TrainedHead, head_name, learnt_from, split_of
from training.intervals import Figure, bootstrapped, effective_number
from training.labels import Flags
from training.metrics import Ranking, Reliability
from training.params import Params
from training.split import Part
from training.truth import read_truth
from training.weights import measuring_weights


@dataclass(frozen=True)
class Result:
    """Figures of one way to rank, on one slice of the test movements.

    Attributes:
        who: head, logistic, rules, random, or oracle.
        part: all; leak_free; or truth: all movements, inspected or not, by what they carried.
        view: naive; or weighted by inverse propensity.
        rows: Movements measured on.
        hits: Hits among them.
        effective_hits: How many equally weighted hits those are worth.
        sufficient: Whether that is enough for the intervals to mean anything.
        nothing: Why there was nothing to measure, in a sentence, and no figures; "" otherwise.
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


@dataclass(frozen=True)
class _Ranker:
    """One way to rank: scores (n,) of the subject's test movements, and probabilities if any."""

    score: Floats
    probability: Floats | None = None


def evaluate_all(
    trained: Mapping[str, TrainedHead | RulesOnly],
    movements: Mapping[str, pa.Table],
    outcomes: pd.DataFrame,
    *,
    features: FeatureSet,
    events: Path,
    params: Params,
    console: Console,
) -> list[Result]:
    """The results of every head there is; arguments as of `training.evaluate.evaluate_head`."""
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
) -> list[Result]:
    """All figures of one head; a slice or view without movements gives one result that says why.

    Args:
        trained: The head and its baseline.
        movements: Integers of the subject's movements.
        outcomes: Outcomes of inspections.
        features: The features the movements were made with.
        events: The export the movements came from.
        params: The parameter file.
    """
    card = trained.head.card
    parts = split_of(movements, outcomes, risk=card.risk, params=params)
    test = np.flatnonzero(parts.test.within)
    if not len(test):
        return [_nothing(card.name, "all", "naive", "No movement lies in the test days.")]
    rankers = _rankers(trained, movements.take(pa.array(test)), features=features, params=params)
    labels = parts.test.labels
    searched = labels.searched[test]
    free = leak_free(
        movements, learnt_from(parts, params), events=events, names=params.evaluate.leak_free
    )[test]
    weight = measuring_weights(labels.propensity[test])
    slices = {"all": searched}
    if params.evaluate.leak_free:
        slices["leak_free"] = searched & free
    results: list[Result] = []
    for part, inside in slices.items():
        views = {"naive": inside.astype(np.float64)}
        if (weight[inside] != 1).any():
            views["weighted"] = np.where(inside, weight, 0.0)
        for view, counted in views.items():
            some = np.flatnonzero(counted > 0)
            if not len(some):
                results.append(_nothing(card.name, part, view, _why(inside, searched)))
                continue
            hit = labels.hit[test][some]
            for who, ranker in rankers.items():
                made = _result(
                    ranker, some, hit, counted[some],
                    capacities=params.evaluate.capacities, params=params,
                )  # fmt: skip
                results.append(Result(card.name, who, part, view, *made))
    if params.evaluate.truth:
        results += _against_truth(card.name, rankers, movements, test, params=params)
    return results


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


def check_rules(params: Params, features: FeatureSet) -> tuple[Rule, ...]:
    """The office's rules, checked against the columns there are."""
    results = next(iter(params.targets.values()))
    columns = {s: [c.name for c in features.columns(s, results)] for s in SUBJECTS}
    return load_rules(params.evaluate.rules, columns=columns)


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


def _rankers(
    trained: TrainedHead, tested: pa.Table, *, features: FeatureSet, params: Params
) -> dict[str, _Ranker]:
    card = trained.head.card
    columns = features.columns(card.subject, card.target_results)
    X = matrix(tested, columns)

    def of(model: RiskModel) -> _Ranker:
        margins = model.margins(X)
        return _Ranker(margins, model.probabilities(margins))

    rankers = {"head": of(trained.head), "logistic": of(trained.logistic)}
    rules = check_rules(params, features)
    if any((rule.subject, rule.risk) == (card.subject, card.risk) for rule in rules):
        named = {column.name: X[:, j] for j, column in enumerate(columns)}
        points = rule_scores(rules, card.subject, card.risk, named).points
        rankers["rules"] = _Ranker(points.astype(np.float64))
    rankers["random"] = _Ranker(np.zeros(len(X)))
    return rankers


def _result(
    ranker: _Ranker,
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


def _against_truth(
    name: str,
    rankers: Mapping[str, _Ranker],
    movements: pa.Table,
    test: Integers,
    *,
    params: Params,
) -> list[Result]:
    """Of all that was carried, what each would have found; the oracle ranks by the true risk."""
    settings = params.evaluate.truth
    if settings is None:
        return []
    subject, _, risk = name.partition("-")
    truth = read_truth(settings, movements.take(pa.array(test)), subject=subject, risk=risk)
    one = np.ones(len(truth.risk))
    asked = {who: _Ranker(truth.highest(ranker.score)) for who, ranker in rankers.items()}
    asked["oracle"] = _Ranker(truth.risk)
    return [
        Result(
            name, who, "truth", "naive",
            *_result(
                ranker, np.arange(len(one)), truth.carried, one,
                capacities=(settings.capacity,), params=params,
            ),
        )
        for who, ranker in asked.items()
    ]  # fmt: skip


def _values(movements: pa.Table, name: str, events: Path) -> pd.Series[str] | Integers:
    """One value a movement: an integer of its own, or its key of some kind."""
    if name in movements.column_names:
        values: Integers = movements[name].to_numpy()
        return values
    files = dataset.dataset(sorted(str(path) for path in events.glob("events-*.parquet")))
    keys = files.to_table(columns=["u", f"key_{name}"], filter=dataset.field("is_movement"))
    by_u = pd.DataFrame(keys.to_pandas()).set_index("u")[f"key_{name}"]
    return by_u.reindex(movements["u"].to_numpy()).reset_index(drop=True)
