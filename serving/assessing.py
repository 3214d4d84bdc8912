"""What heads, rules and chance say about movements, given every integer they are made of.

One definition for the service, which has just read the integers from its states, and for the
replay, which computes them anew from the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np

from features.finish import Finisher
from features.measures import FINDS
from features.registry import SUBJECTS, FeatureSet
from features.spec import Column, Floats, Integers
from models.card import BANDS, BandName
from models.champion import Champion
from models.errors import HeadRefusedError
from models.files import canonical_json
from models.risk_model import RiskModel
from models.rules import Rule, evaluate
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
        finisher = self.subjects[subject].finisher
        names = finisher.names
        table = np.array([[integers[n] for n in names] for integers in entered], np.int64)
        return self._assess(subject, finisher.matrix_of(table.T))

    def _assess(self, subject: str, values: Floats) -> list[Assessed]:
        mandatory = np.zeros(len(values), np.bool_)
        by_risk = []
        for head in self.subjects[subject].heads:
            columns = {name: values[:, place] for name, place in head.ruled.items()}
            ruled = evaluate(self.rules, subject, head.risk, columns)
            mandatory |= ruled.mandatory
            hits = [
                tuple(code for code, applies in ruled.hits.items() if applies[i])
                for i in range(len(values))
            ]
            by_risk.append(_assessments(head, values[:, head.places], ruled.points, hits))
        return [
            Assessed(risks, bool(is_mandatory))
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
            ruled = self._ruled(
                subject, risk, dict(zip((c.name for c in read), places, strict=True))
            )
            chosen.append(_Head(risk, model, reason, np.array(places), ruled))
        return _Subject(tuple(chosen), Finisher(tuple(columns)))

    def _ruled(self, subject: str, risk: str, places: dict[str, int]) -> dict[str, int]:
        rules = [r for r in self.rules if (r.subject, r.risk) == (subject, risk)]
        # One column at least: their length says how many movements there are.
        names = {c.column for rule in rules for c in rule.all} or {next(iter(places))}
        return {name: places[name] for name in sorted(names)}


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
        ruled: Of the columns that rules read, by name.
    """

    risk: str
    model: RiskModel | None
    why_not: str
    places: Integers
    ruled: Mapping[str, int]


@dataclass(frozen=True)
class _Subject:
    """The risks of a subject, and the columns they read between them."""

    heads: tuple[_Head, ...]
    finisher: Finisher


def _assessments(
    head: _Head, X: Floats, points: Integers, hits: Sequence[tuple[str, ...]]
) -> list[Assessment]:
    if head.model is None:
        return [
            Assessment(head.risk, None, None, None, None, head.why_not, int(p), h)
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
                rule_points=int(points[i]),
                rule_hits=hits[i],
            )
        )
    return made
