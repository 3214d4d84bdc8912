"""What is in force at a moment: heads learnt from what the ledger knew, rules where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.errors import VardarError
from features.finish import finished
from features.measures import FINDS
from features.registry import SUBJECTS, FeatureSet
from features.spec import Floats, Integers
from models.champion import RulesOnly
from models.risk_model import RiskModel
from models.rules import Rule, evaluate, load_rules
from training.assurance.closed_loop.kept import Kept
from training.assurance.closed_loop.retention import FOR_EVER, Retention
from training.heads import train_head
from training.labels import Flags
from training.params import Params, SplitParams

#: Days left between training and validation: most outcomes are known by then.
_EMBARGO_DAYS = 10

#: Validation takes this share of the history, within these bounds in days.
_VALID_SHARE, _VALID_LEAST, _VALID_MOST = 0.2, 14, 90


@dataclass(frozen=True)
class Rankings:
    """How n movements rank, by risk.

    Attributes:
        scores: The greater the riskier (n,): margins of a head, or points of the rules, minus
            infinity where no rule applies.
        probabilities: Calibrated probabilities (n,) by risk; NaN where rules rank.
        by_model: Whether a head ranks, by risk.
        points: The greatest points of the rules for any risk (n,), minus infinity where none applies.
        mandatory: Whether a mandatory rule applies (n,).
    """

    scores: Mapping[str, Floats]
    probabilities: Mapping[str, Floats]
    by_model: Mapping[str, bool]
    points: Floats
    mandatory: Flags

    def at(self, place: Integers) -> Rankings:
        """The same of the movements at these places (k,); NaN and no duty where there is none."""
        return Rankings(
            scores={risk: _at(of, place) for risk, of in self.scores.items()},
            probabilities={risk: _at(of, place) for risk, of in self.probabilities.items()},
            by_model=self.by_model,
            points=_at(self.points, place),
            mandatory=(place >= 0) & self.mandatory[place],
        )


@dataclass(frozen=True)
class Retraining:
    """What came of one retraining.

    Attributes:
        day: Of the period.
        heads: By name: kind of the model and hits it has learnt from, or why there is none.
    """

    day: int
    heads: Mapping[str, str]


class Judging:
    """The heads in force. They are frozen between retrainings: nothing learns online.

    Args:
        features: What columns are made of.
        params: What decides the heads.
        retention: How long they may learn from a movement.
    """

    def __init__(
        self, features: FeatureSet, params: Params, *, retention: Retention = FOR_EVER
    ) -> None:
        self._features, self._params, self._retention = features, params, retention
        self._every = {subject: features.columns(subject, FINDS) for subject in SUBJECTS}
        names = {subject: [c.name for c in columns] for subject, columns in self._every.items()}
        self._rules: tuple[Rule, ...] = load_rules(params.evaluate.rules, columns=names)
        self._heads: dict[tuple[str, str], RiskModel] = {}

    def rank(self, subject: str, integers: Mapping[str, Integers]) -> Rankings:
        """How movements rank by what is in force.

        Args:
            subject: Their kind.
            integers: Every integer of the subject by name, each (n,).
        """
        columns = self._every[subject]
        values = finished(columns, integers)
        named = {column.name: values[:, j] for j, column in enumerate(columns)}
        scores, probabilities, by_model = {}, {}, {}
        mandatory = np.zeros(len(values), dtype=bool)
        points = np.zeros(len(values))
        for risk in self._params.targets:
            ruled = evaluate(self._rules, subject, risk, named)
            mandatory |= ruled.mandatory
            points = np.maximum(points, ruled.points)
            head = self._heads.get((subject, risk))
            by_model[risk] = head is not None
            if head is None:
                scores[risk] = np.where(ruled.points > 0, ruled.points, -np.inf)
                probabilities[risk] = np.full(len(values), np.nan)
                continue
            own = self._features.columns(subject, self._params.targets[risk])
            scores[risk] = head.margins(finished(own, integers))
            probabilities[risk] = head.probabilities(scores[risk])
        points = np.where(points > 0, points, -np.inf)
        return Rankings(scores, probabilities, by_model, points, mandatory)

    def retrain(self, kept: Kept, *, day: int) -> Retraining:
        """Learn every head anew from what is known and still there, and put it in force.

        A head that cannot be learnt again stays as it was.
        """
        outcomes, reports = kept.outcomes(), kept.reports()
        told: dict[str, str] = {}
        for subject, risk in self._params.heads:
            name, first = f"{subject}-{risk}", self._retention.first_day(subject, day)
            params = self._params.model_copy(update={"split": _split(day - first)})
            try:
                made = train_head(
                    kept.movements(subject, first=first),
                    outcomes,
                    features=self._features,
                    subject=subject,
                    risk=risk,
                    params=params,
                    texts={},
                    reports=reports,
                )
            except VardarError as error:
                # As in an office, what is in force goes on until learning succeeds again.
                told[name] = str(error)
                continue
            if isinstance(made, RulesOnly):
                told[name] = made.reason
                continue
            self._heads[subject, risk] = made.head
            told[name] = f"{made.head.card.kind}, {made.head.card.trained_hits} hits"
        return Retraining(day, told)


def _at(values: Floats, place: Integers) -> Floats:
    """The values at these places (k,); NaN where there is no place."""
    found = np.full(len(place), np.nan)
    found[place >= 0] = values[place[place >= 0]]
    return found


def _split(days: int) -> SplitParams:
    """The latest day is left out, as a test of one day; validation grows with the history."""
    valid = min(max(round(_VALID_SHARE * days), _VALID_LEAST), _VALID_MOST)
    return SplitParams(valid_days=valid, test_days=1, embargo_days=_EMBARGO_DAYS)
