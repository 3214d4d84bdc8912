"""Any score made again from the ledger: the integers by the offline engine, then the very heads.

Nothing of what the service computed is believed: neither its states nor its stored integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from math import fsum

import numpy as np
import orjson
from sqlalchemy import select

from features.errors import VardarError
from features.finish import finished
from features.ledger import tables
from features.ledger.connection import reading
from features.ledger.packing import unpack_integers
from features.ledger.store import Ledger
from features.spec import Integers
from models.champion import Champion
from models.rules import Rule
from serving import scores
from serving.answers import Score
from serving.assessing import Assessor
from serving.explaining import Explainer, features_of
from serving.offline_integers import offline_integers, origin
from serving.recommending import dealt_again, identity_of

#: How closely two computations of a contribution must agree, in log-odds.
CLOSE = 1e-9


class UnknownScore(VardarError):
    """There is no score of that id."""


@dataclass(frozen=True)
class Replayed:
    """One score made again.

    Attributes:
        cells: How many values were compared.
        differences: What differs, in words; empty if nothing does.
    """

    score_id: str
    cells: int
    differences: tuple[str, ...]


def replay(
    ledger: Ledger, explainer: Explainer, rules: Sequence[Rule], score_ids: Sequence[str]
) -> list[Replayed]:
    """Make scores again and compare them with what was stored, bit for bit.

    Integers, margins, probabilities, bands and recommendations must be equal; contributions to
    1e-9. Rules are compared where they are still those of the moment.

    Raises:
        UnknownScore: if there is no such score.
        ModelError: if a head is gone or altered, or the program's features are others.
    """
    with reading(ledger.engine) as connection:
        found = [(score_id, scores.by_id(connection, score_id)) for score_id in score_ids]
    if missing := [score_id for score_id, score in found if score is None]:
        raise UnknownScore(f"There is no score {missing[0]} in this store.")
    chosen = [score for _, score in found if score]
    replayed = {}
    for (epoch, subject, _), group in groupby(sorted(chosen, key=origin), key=origin):
        of_group = list(group)
        offline = {
            row["u"]: row for row in offline_integers(ledger, epoch, subject, of_group).to_pylist()
        }
        for score in of_group:
            replayed[score.score_id] = _compared(
                ledger, explainer, rules, score, offline.get(score.u, {})
            )
    return [replayed[score_id] for score_id in score_ids]


def _compared(
    ledger: Ledger,
    explainer: Explainer,
    rules: Sequence[Rule],
    score: Score,
    offline: dict[str, int],
) -> Replayed:
    names = features_of(score).integer_names[score.subject]
    stored = dict(zip(names, unpack_integers(score.integers), strict=True))
    comparison = _Comparison()
    for name in names:
        comparison.equal(f"integer {name}", stored[name], offline.get(name))
    if not comparison.differences:
        comparison.equal("own integers", *_own_integers(ledger, score, stored))
        integers = {name: np.array([offline[name]], np.int64) for name in names}
        _compare_answer(comparison, ledger, explainer, rules, score, integers)
    return Replayed(score.score_id, comparison.cells, tuple(comparison.differences))


def _compare_answer(
    comparison: _Comparison,
    ledger: Ledger,
    explainer: Explainer,
    rules: Sequence[Rule],
    score: Score,
    integers: dict[str, Integers],
) -> None:
    told, basis = score.answer, score.answer["basis"]
    assessor = Assessor(features_of(score), champion=_champion_of(score, explainer), rules=rules)
    same_rules = basis["rules_sha256"] == assessor.rules_sha256
    (assessed,) = assessor.assess(score.subject, integers)
    for one in assessed.risks:
        said = told["risks"].get(one.risk)
        if said is None:
            # A rule switched on since may be about a risk that nobody asked for then.
            continue
        comparison.equal(f"{one.risk} margin", basis["margins"].get(one.risk), one.margin)
        comparison.equal(f"{one.risk} probability", said.get("probability"), one.probability)
        comparison.equal(f"{one.risk} band", said.get("band"), one.band)
        if same_rules:
            comparison.equal(f"{one.risk} rule points", said["rule_points"], one.rule_points)
    if same_rules:
        comparison.equal("mandatory", basis["policy"]["mandatory"], assessed.mandatory)
    _compare_recommendation(comparison, ledger, score)
    _compare_contributions(comparison, explainer, score, integers)


def _compare_recommendation(comparison: _Comparison, ledger: Ledger, score: Score) -> None:
    """What was recommended, against what chance says anew of it and what model and rules said."""
    again = dealt_again(
        score.answer["basis"]["policy"],
        secret=ledger.keyring.draws,
        post=score.owner_post,
        identity=identity_of(score.subject, score.answer["movement"]),
    )
    for name, value in asdict(again).items() if again else ():
        stored = score.answer["recommendation"][name]
        comparison.equal(f"recommendation {name}", stored, value)


def _compare_contributions(
    comparison: _Comparison, explainer: Explainer, score: Score, integers: dict[str, Integers]
) -> None:
    """What is told from the stored integers, against the offline ones; both sum to the margin."""
    rows = explainer.rows(score)
    for risk, manifest_sha256 in score.heads.items():
        head = explainer.head(manifest_sha256)
        columns = features_of(score).columns(score.subject, head.card.target_results)
        again = head.contributions(finished(columns, integers))[0].tolist()
        told = head.contributions(rows[risk][np.newaxis])[0].tolist()
        for name, stored, value in zip(head.card.column_names, told[:-1], again[:-1], strict=True):
            comparison.close(f"{risk} contribution of {name}", stored, value)
        margin = float(head.margins(finished(columns, integers))[0])
        comparison.close(f"{risk} sum of contributions", margin, fsum(told))


class _Comparison:
    """Counts what is compared and keeps what differs."""

    def __init__(self) -> None:
        self.cells = 0
        self.differences: list[str] = []

    def equal(self, what: str, stored: object, again: object) -> None:
        self.cells += 1
        if stored != again:
            self.differences.append(f"{what}: stored {stored!r}, now {again!r}")

    def close(self, what: str, stored: float, again: float) -> None:
        self.cells += 1
        if not abs(stored - again) <= CLOSE:
            self.differences.append(f"{what}: {stored!r} and {again!r} differ by more than {CLOSE}")


def _own_integers(
    ledger: Ledger, score: Score, stored: dict[str, int]
) -> tuple[list[int], list[int]]:
    """The record's own integers as stored with the score, and made again from its stored body."""
    features = features_of(score)
    columns = tables.ledger.c
    with reading(ledger.engine) as connection:
        body = connection.execute(
            select(columns.body).where(columns.epoch == score.epoch, columns.u == score.u)
        ).scalar_one()
    again = features.row_integers(score.subject, orjson.loads(body))
    named = dict(zip((n for n, _ in features.row_functions[score.subject]), again, strict=True))
    used = [name for name in named if name in stored]
    return [stored[name] for name in used], [named[name] for name in used]


def _champion_of(score: Score, explainer: Explainer) -> Champion | None:
    """The heads that were asked then, by the hashes kept with the score."""
    model = score.answer["model"]
    if model is None:
        return None
    heads = {(score.subject, risk): explainer.head(sha) for risk, sha in score.heads.items()}
    without = {
        (score.subject, risk): said["reason"]
        for risk, said in score.answer["risks"].items()
        if risk not in score.heads
    }
    return Champion(
        name=model["name"],
        version=model["version"],
        pointer_sha256=score.model_sha256,
        heads=heads,
        rules_only=without,
        signed_by=frozenset(),
    )
