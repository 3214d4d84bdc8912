"""What heads, rules and chance say about movements, given every integer they are made of.

One definition for the service, which has just read the integers from its states, and for the
replay, which computes them anew from the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from operator import itemgetter
from typing import Any

import numpy as np

from features.finish import Finisher
from features.finish_of_one import FinishOfOne
from features.measures import FINDS
from features.registry import SUBJECTS, FeatureSet
from features.spec import Column, Floats, Integers
from models.card import BANDS, BandName
from models.champion import Champion
from models.errors import HeadRefusedError
from models.files import canonical_json
from models.risk_model import RiskModel
from models.rules import Rule, applying, concerning
from models.verdicts import NO_MODEL

#: Results that count as a hit for the rules of a risk without a model, whose card would say it.
_HITS_WITHOUT_A_CARD: Mapping[str, tuple[str, ...]] = {
    "arms": ("arms",),
    "smuggling": ("persons_concealed",),
}


@dataclass(frozen=True)
class Assessment:
    """One risk of one movement.

    Attributes:
        row: What the head read (f,); None without a head.
        margin: In log-odds; None where the model abstained or there is none.
        abstained: Why there is no probability; None where there is one.
        rule_points: Points of the office's rules.
        rule_hits: Codes of the rules that apply.
    """

    risk: str
    row: Floats | None
    margin: float | None
    probability: float | None
    band: BandName | None
    abstained: str | None
    rule_points: int
    rule_hits: tuple[str, ...]


@dataclass(frozen=True)
class Assessed:
    """All risks of one movement, and whether a mandatory rule applies."""

    risks: tuple[Assessment, ...]
    mandatory: bool


class Assessor:
    """The heads and rules of a deployment, laid out for quick use.

    Args:
        features: The ledger's.
        champion: The heads; None where there are none, or they are switched off.
        rules: The office's.
        without: Why there is no model, for risks of which the champion does not say it.

    Raises:
        HeadRefusedError: when a head was trained on other features than the ledger's.
        ModelError: when rules and cards do not fit one another.
        FinishNotPlainError: when a column cannot be made of one movement alone.
    """

    def __init__(
        self,
        features: FeatureSet,
        *,
        champion: Champion | None,
        rules: Sequence[Rule],
        without: str = NO_MODEL,
    ) -> None:
        self.features = features
        self.champion = champion
        self.rules = tuple(rules)
        self._without = without
        if champion is not None:
            for head in champion.heads.values():
                check_spec(head, features)
        self.subjects = {subject: self._subject(subject) for subject in SUBJECTS}

    def assess(self, subject: str, integers: Mapping[str, Integers]) -> list[Assessed]:
        """What is to be said about n movements of a subject.

        Args:
            subject: consignment or crossing.
            integers: Every integer of the subject by name, each (n,).
        """
        return self._assess(subject, self.subjects[subject].finisher.matrix(integers))

    def assess_each(self, subject: str, entered: Sequence[Mapping[str, int]]) -> list[Assessed]:
        """The same about movements of which each brings its own integers by name."""
        of = self.subjects[subject]
        table = [of.integers_of(integers) for integers in entered]
        if len(table) == 1:
            return self._assess(subject, np.array([of.finish_of_one.row(table[0])]))
        return self._assess(subject, of.finisher.matrix_of(np.array(table, np.int64).T))

    def _assess(self, subject: str, values: Floats) -> list[Assessed]:
        rows = values.tolist()
        mandatory = [False] * len(rows)
        by_risk = []
        for head in self.subjects[subject].heads:
            applied = [head.applying(row) for row in rows]
            mandatory = [
                m or any(r.mandatory for r in a) for m, a in zip(mandatory, applied, strict=True)
            ]
            by_risk.append(_assessments(head, values[:, head.places], applied))
        return [
            Assessed(risks, is_mandatory)
            for risks, is_mandatory in zip(zip(*by_risk, strict=True), mandatory, strict=True)
        ]

    @cached_property
    def rule_sentences(self) -> dict[str, str]:
        """What a supervisor reads about each rule, by its code."""
        return {rule.code: rule.sentence for rule in self.rules}

    @cached_property
    def rules_sha256(self) -> str:
        """Pins the office's rules of the moment."""
        rules = [rule.model_dump(mode="json") for rule in self.rules]
        return sha256(canonical_json(rules)).hexdigest()

    @cached_property
    def risks(self) -> dict[tuple[str, str], str]:
        """Every (subject, risk) there is, with why rules and chance serve where no head does."""
        return {
            (subject, head.risk): head.why_not
            for subject, of in self.subjects.items()
            for head in of.heads
        }

    @property
    def heads(self) -> Mapping[tuple[str, str], RiskModel]:
        """The champion's heads by (subject, risk)."""
        return self.champion.heads if self.champion else {}

    def target_results(self, subject: str, risk: str) -> tuple[str, ...]:
        """Results of an inspection that count as a hit, whether or not a head serves."""
        head = self.heads.get((subject, risk))
        return head.card.target_results if head else _HITS_WITHOUT_A_CARD.get(risk, FINDS)

    def _subject(self, subject: str) -> _Subject:
        heads = self.heads
        without = self.champion.rules_only if self.champion else {}
        risks = {risk for s, risk in (*heads, *without) if s == subject}
        risks |= {rule.risk for rule in self.rules if rule.subject == subject}
        chosen = []
        columns: dict[Column, int] = {}
        for risk in sorted(risks | _HITS_WITHOUT_A_CARD.keys()):
            model = heads.get((subject, risk))
            results = _HITS_WITHOUT_A_CARD.get(risk, FINDS)
            read = self.features.columns(subject, model.card.target_results if model else results)
            if model:
                model.check_columns([c.name for c in read])
            places = [columns.setdefault(column, len(columns)) for column in read]
            reason = without.get((subject, risk), self._without)
            rules = concerning(self.rules, subject, risk)
            by_name = {c.name: place for c, place in zip(read, places, strict=True)}
            ruled = {c.column: by_name[c.column] for rule in rules for c in rule.all}
            chosen.append(_Head(risk, model, reason, np.array(places), rules, ruled))
        made = tuple(columns)
        finisher = Finisher(made)
        return _Subject(tuple(chosen), finisher, FinishOfOne(made, finisher.names))


def check_spec(head: RiskModel, features: FeatureSet) -> None:
    """Refuse a head that was trained on other features.

    Raises:
        HeadRefusedError: with the way out.
    """
    if head.card.spec_sha256 != features.sha256:
        raise HeadRefusedError(
            f"{head.card.name} {head.card.version} was trained on features "
            f"{head.card.spec_sha256[:12]}…, but this ledger's are {features.sha256[:12]}…: train "
            "and promote it anew from an export of this ledger, or serve it with the version of "
            "Vardar it was trained with."
        )


def highest_band(bands: Sequence[BandName | None]) -> BandName | None:
    """The highest of the bands there are; None without any."""
    return max((band for band in bands if band), key=BANDS.index, default=None)


@dataclass(frozen=True)
class _Head:
    """A risk: its model, or why there is none, and where the columns stand that they read.

    Attributes:
        places: Of the model's columns, in its order.
        rules: The office's, of this risk.
        ruled: Places of the columns that rules read, by name.
    """

    risk: str
    model: RiskModel | None
    why_not: str
    places: Integers
    rules: tuple[Rule, ...]
    ruled: Mapping[str, int]

    def applying(self, row: Sequence[float]) -> tuple[Rule, ...]:
        """The rules that apply to one movement, of whose subject's columns this is the row."""
        return applying(self.rules, {name: row[place] for name, place in self.ruled.items()})


@dataclass(frozen=True)
class _Subject:
    """The risks of a subject, and who makes the columns they read between them: of many, and of one alone."""

    heads: tuple[_Head, ...]
    finisher: Finisher
    finish_of_one: FinishOfOne

    @cached_property
    def integers_of(self) -> itemgetter[Any]:
        """Takes the finisher's integers, in its order, from integers by name."""
        return itemgetter(*self.finisher.names)


def _assessments(head: _Head, X: Floats, applied: Sequence[tuple[Rule, ...]]) -> list[Assessment]:
    points = [sum([rule.points for rule in rules]) for rules in applied]
    hits = [tuple([rule.code for rule in rules]) for rules in applied]
    if head.model is None:
        return [
            Assessment(head.risk, None, None, None, None, head.why_not, p, h)
            for p, h in zip(points, hits, strict=True)
        ]
    model = head.model
    X = np.ascontiguousarray(X)
    margins = model.margins(X).tolist()
    made = []
    for i, problem in enumerate(model.support_problems(X)):
        probability = None if problem else model.calibration.probability_of(margins[i])
        made.append(
            Assessment(
                risk=head.risk,
                row=X[i],
                margin=None if problem else margins[i],
                probability=probability,
                band=None if probability is None else model.band(probability),
                abstained=problem,
                rule_points=points[i],
                rule_hits=hits[i],
            )
        )
    return made
