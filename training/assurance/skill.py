"""What heads find of what was truly carried, beside what the same learner finds that knew every label.

A head learns from what the made-up office inspected. Beside it stand the same learner with the true
label of every movement, the oracle that ranks by the true risk, the office's rules, and chance; all
inspect the same share of the last days' movements (promise Q1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.dataset as dataset

from features.spec import Floats, Integers
from features.table import matrix
from models.champion import RulesOnly
from models.rules import evaluate as rule_scores
from models.rules import load_rules
from training.assurance.periods import Period, Progress, prepared
from training.assurance.pinned import fingerprint
from training.choosing import Dated, choose, composed, fit_both
from training.describe import card_columns_of
from training.fit import Rows, encoded, levels_of
from training.heads import TrainedHead, split_of, train_head
from training.labels import Flags
from training.params import Params, SplitParams, Subject, TruthParams
from training.scenario.leaderboard.rating import inspected_share
from training.scenario.profile import load_profile
from training.truth import Truth, read_truth

CAPACITY = 0.03
WAYS = ("head", "full_truth", "oracle", "rules")

#: Of the 18 months of `measure` the last quarter is ranked, and six weeks before it calibrate.
_SPLIT = SplitParams(valid_days=45, test_days=136, embargo_days="measured")

#: What a result follows from beside the period: what learns and what ranks.
_LEARNS = (
    "background", "baseline", "calibrate", "choosing", "describe", "fit", "heads", "labels", "maturity",
    "police_reports", "split",
    "truth", "weights", "assurance/skill",
)  # fmt: skip
_RANKS = ("blend", "levels", "linear", "rules", "trees")
_DECIDES = (
    "features/**/*.py",
    "seeds/rules.yaml",
    *(f"training/{name}.py" for name in _LEARNS),
    *(f"models/{name}.py" for name in _RANKS),
)

_TYPOLOGY = {"arms": "typology_arms", "smuggling": "typology_smuggling"}
_RISK = {"arms": "true_risk_arms", "smuggling": "true_risk_smuggling"}
_CARRIED = {"arms": "carries_arms", "smuggling": "carries_people"}


@dataclass(frozen=True)
class Found:
    """What each way to rank finds of the h movements that carried something, of one head and period.

    Attributes:
        found: By way the probability (h,) that it inspects each, ties by chance.
        typology: Which link drew each (h,).
        expected: By way the share of the true risk of all test movements that it inspects.
        movements: Test movements.
        hits: Finds the head has learnt from; `true_hits` those of the learner that knows all.
        choice: What the head is made of.
    """

    seed: int
    subject: str
    risk: str
    found: Mapping[str, Floats]
    typology: tuple[str, ...]
    expected: Mapping[str, float]
    movements: int
    hits: int
    true_hits: int
    choice: str


def measured_skill(
    seeds: Sequence[int], *, profile: str, params: Params, work: Path, progress: Progress
) -> list[Found]:
    """Every head of every seed; drawn periods are kept in `work`, and so is what was found."""
    asked = params.model_copy(update={"split": _SPLIT})
    made = []
    for seed in seeds:
        period = prepared(load_profile(profile), seed, work, progress=progress)
        for subject, risk in asked.heads:
            progress(f"{period.name}: {subject}, {risk}")
            made.append(_resumed(period, seed, subject, risk, params=asked))
    return made


def skill_of(period: Period, seed: int, subject: Subject, risk: str, *, params: Params) -> Found:
    """What each way finds of one subject and risk in the last days of a period."""
    movements = period.movements[subject]
    parts = split_of(movements, period.outcomes, risk=risk, params=params)
    tested = np.flatnonzero(parts.test.within)
    table = movements.take(pa.array(tested))
    truth = truth_of(period, movements, subject, risk)
    late = truth_of(period, table, subject, risk)
    columns = period.features.columns(subject, params.targets[risk])
    X = matrix(table, columns)
    made = train_head(
        movements, period.outcomes,
        features=period.features, subject=subject, risk=risk, params=params, texts={},
        reports=period.reports,
    )  # fmt: skip
    before = np.flatnonzero(movements["event_at"].to_numpy() < parts.cuts.test_from)
    carried = truth.carried[truth.movement]
    known = _margins_knowing_all(
        movements, before, tested, carried, period=period, subject=subject, risk=risk, params=params
    )
    rules = load_rules(
        params.evaluate.rules,
        columns={s: [c.name for c in period.features.columns(s, params.targets[risk])]
                 for s in params.subjects},
    )  # fmt: skip
    named = {column.name: X[:, j] for j, column in enumerate(columns)}
    points = rule_scores(rules, subject, risk, named).points.astype(np.float64)
    # Without a model the rules serve, and are what is found with.
    own = made.head.margins(X) if isinstance(made, TrainedHead) else points
    scores = {
        "head": late.highest(own),
        "full_truth": late.highest(known),
        "oracle": late.risk,
        "rules": late.highest(points),
    }
    everywhere = np.zeros(len(late.risk), dtype=np.int64)
    share = {w: inspected_share(of, everywhere, capacity=CAPACITY) for w, of in scores.items()}
    return Found(
        seed=seed,
        subject=subject,
        risk=risk,
        found={way: of[late.carried] for way, of in share.items()},
        typology=_typologies(period, table, late, subject, risk),
        expected={way: float(of @ late.risk / late.risk.sum()) for way, of in share.items()},
        movements=len(late.risk),
        hits=made.head.card.trained_hits if isinstance(made, TrainedHead) else 0,
        true_hits=int(carried[before].sum()),
        choice=made.reason if isinstance(made, RulesOnly) else made.head.card.notes,
    )


def _resumed(period: Period, seed: int, subject: Subject, risk: str, *, params: Params) -> Found:
    """What an earlier run found with the same programs and parameters; else made anew, and kept."""
    kept = period.events.parent / f"skill-{subject}-{risk}.json"
    asked = params.model_dump(mode="json", include={"seed", "targets", "split", "fit", "calibrate"})
    pinned = fingerprint(_DECIDES, asked)
    if kept.exists():
        stored = orjson.loads(kept.read_bytes())
        if stored.pop("fingerprint") == pinned:
            found = {way: np.array(of) for way, of in stored.pop("found").items()}
            return Found(found=found, typology=tuple(stored.pop("typology")), **stored)
    made = skill_of(period, seed, subject, risk, params=params)
    plain = asdict(made) | {"found": {way: of.tolist() for way, of in made.found.items()}}
    kept.write_bytes(orjson.dumps({"fingerprint": pinned, **plain}))
    return made


def truth_of(period: Period, movements: pa.Table, subject: str, risk: str) -> Truth:
    """The truth about these movements of a period."""
    asked = TruthParams(path=period.truth, capacity=CAPACITY, risk=_RISK, carried=_CARRIED)
    return read_truth(asked, movements, subject=subject, risk=risk)


def _margins_knowing_all(
    movements: pa.Table,
    before: Integers,
    tested: Integers,
    carried: Flags,
    *,
    period: Period,
    subject: Subject,
    risk: str,
    params: Params,
) -> Floats:
    """Margins (t,) of the tested movements by the same learner with the true label of all before."""
    columns = period.features.columns(subject, params.targets[risk])
    X = matrix(movements, columns)
    levels = levels_of(X[before], columns, texts={}, most=params.fit.most_levels)
    Z = encoded(X, card_columns_of(X[before], columns, levels=levels))
    rows = Rows(Z[before], carried[before], np.ones(len(before)))
    at = movements["event_at"].to_numpy()[before]
    chosen = choose(
        Dated(rows, at, at), columns=columns, params=params.fit, embargo=0, seed=params.seed
    )
    both = fit_both(rows, rounds=None, columns=columns, params=params.fit, seed=params.seed)
    return composed(*both, chosen).margins(Z[tested])


def _typologies(
    period: Period, table: pa.Table, truth: Truth, subject: str, risk: str
) -> tuple[str, ...]:
    """Which link drew what each of the carrying movements carried (h,)."""
    name = _TYPOLOGY[risk]
    read = dataset.dataset(str(period.truth)).to_table(
        columns=["source_record_id", name], filter=dataset.field("kind") == subject
    )
    by_number = dict(zip(read["source_record_id"].to_pylist(), read[name].to_pylist(), strict=True))
    first = np.unique(truth.movement, return_index=True)[1]
    numbers = table["source_record_id"].to_numpy(zero_copy_only=False)[first]
    return tuple(str(by_number[number]) for number in numbers[truth.carried])
