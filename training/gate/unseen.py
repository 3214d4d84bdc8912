"""Movements neither champion nor challenger has learnt from, and what each says of them.

Both have learnt from nothing after the last training movement of either. The latest days are left
out too: of their inspections only the quick outcomes are known yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.ledger.arrivals import microseconds
from features.registry import FeatureSet
from features.spec import Floats
from features.table import matrix
from models.champion import Champion
from models.risk_model import RiskModel
from models.rules import evaluate as rule_scores
from training.errors import GateRefused
from training.labels import Flags, labels_as_of
from training.material import Material
from training.params import Params
from training.policy_value.measuring import Measuring, measuring
from training.policy_value.recorded import Recorded, recorded
from training.rankers import check_rules
from training.split import embargo_of

_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Window:
    """From when to when movements are looked at, by the time of the event, in microseconds."""

    since: int
    until: int

    @property
    def words(self) -> str:
        """The window in days."""
        start, end = (datetime.fromtimestamp(u / 1e6, UTC).date() for u in (self.since, self.until))
        return f"{start} to {end} ({(self.until - self.since) / _DAY:.0f} days)"


@dataclass(frozen=True, eq=False)
class Said:
    """What one side says of n rows, one a version of a movement.

    Attributes:
        score: The order in which they would be inspected (n,), finite; a row without an answer
            comes last.
        margin: In log-odds (n,); NaN where the head abstains or there is none.
        probability: Calibrated (n,); NaN likewise.
        by: The head's name and version, or what stands in for it.
    """

    score: Floats
    margin: Floats
    probability: Floats
    by: str


@dataclass(frozen=True, eq=False)
class Judged:
    """One subject and risk: n rows of m movements with both sides' scores.

    Attributes:
        table: Integers of the rows.
        champion: What the champion says of the rows.
        challenger: What the challenger says.
        recorded: What inspections said of the movements.
        champion_score: Of the movements (m,): the highest over their versions.
        challenger_score: Likewise.
        made: The rows that measure, weighed for doubly robust estimates.
        post: Where each movement was (m,).
        before: The champion's head; None where it has none.
        model: The challenger's head; None where it has none.
    """

    name: str
    table: pa.Table
    champion: Said
    challenger: Said
    recorded: Recorded
    champion_score: Floats
    challenger_score: Floats
    made: Measuring
    post: np.ndarray[tuple[int, ...], np.dtype[np.object_]]
    before: RiskModel | None
    model: RiskModel | None


def window_of(
    champion: Champion | None, challenger: Champion, material: Material, *, params: Params
) -> Window:
    """The movements to judge by.

    Raises:
        GateRefused: when none is left.
    """
    heads = [*(champion.heads.values() if champion else ()), *challenger.heads.values()]
    since = max((_moment(head.card.trained_to) for head in heads), default=0) + 1
    known = [int(material.outcomes["u"].max())]
    known += [pc.max(table["u"]).as_py() for table in material.movements.values() if len(table)]
    # As much as the slower of the subjects needs for its outcomes to be known.
    embargo = max(
        embargo_of(
            table["event_at"].to_numpy(),
            params.split,
            movement_u=table["u"].to_numpy(),
            outcomes=material.outcomes,
            until_u=max(known) + 1,
        )
        for table in material.movements.values()
    )
    until = max(known) - embargo
    if until - since < _DAY:
        raise GateRefused(
            "There is no day of movements that neither champion nor challenger has learnt from; "
            "wait for some, or train the challenger on an earlier past (split.test_days)."
        )
    return Window(since, until)


def to_the_end(window: Window, material: Material) -> Window:
    """The same window up to the last movement: where no outcome is needed, none has to be waited for."""
    last = [
        pc.max(table["event_at"]).as_py() for table in material.movements.values() if len(table)
    ]
    return Window(window.since, max(window.until, max(last) + 1))


def judged(
    champion: Champion | None,
    challenger: Champion,
    material: Material,
    *,
    window: Window,
    params: Params,
) -> Iterator[Judged]:
    """Every subject and risk that either side has a head for, on the movements of the window."""
    both = {*(champion.heads if champion else {}), *challenger.heads}
    for subject, risk in sorted(both):
        if subject not in material.movements:
            continue
        table = within(material.movements[subject], window)
        if not len(table):
            continue
        model = challenger.heads.get((subject, risk))
        before = champion.heads.get((subject, risk)) if champion else None
        target = (model or before).card.target_results  # type: ignore[union-attr]
        everything = np.iinfo(np.int64).max
        labels = labels_as_of(
            material.outcomes, table["u"].to_numpy(), target=target, until_u=everything
        )
        movements = recorded(table, labels, outcomes=material.outcomes, until_u=everything)
        sides = [
            said_by(head, subject, risk, table, features=material.features, params=params)
            for head in (before, model)
        ]
        highest = [_finite(movements.highest(said.score)) for said in sides]
        # Outcomes regress on what both say: neither side's errors are smoothed away.
        logged = movements.logged({"both": _standard(highest[0]) + _standard(highest[1])})
        posts = table["owner_post"].to_numpy(zero_copy_only=False)[movements.last]
        yield Judged(
            name=f"{subject}-{risk}",
            table=table,
            champion=sides[0],
            challenger=sides[1],
            recorded=movements,
            champion_score=highest[0],
            challenger_score=highest[1],
            made=measuring(logged, about="such_movements"),
            post=np.where(pd.isna(posts), "", posts),
            before=before,
            model=model,
        )


def said_by(
    head: RiskModel | None,
    subject: str,
    risk: str,
    table: pa.Table,
    *,
    features: FeatureSet,
    params: Params,
) -> Said:
    """What a head says of rows; without one, the office's rules rank, and without rules chance."""
    n = len(table)
    if head is not None:
        X = matrix(table, features.columns(subject, head.card.target_results))
        margin = head.margins(X)
        silent = np.array([problem is not None for problem in head.support_problems(X)], np.bool_)
        probability = np.where(silent, np.nan, head.probabilities(margin))
        lowest = float(margin.min()) - 1 if n else 0.0
        return Said(
            score=np.where(silent, lowest, margin),
            margin=np.where(silent, np.nan, margin),
            probability=probability,
            by=f"{head.card.name} {head.card.version}",
        )
    nothing = np.full(n, np.nan)
    rules = check_rules(params, features)
    if any((rule.subject, rule.risk) == (subject, risk) for rule in rules):
        columns = features.columns(subject, params.targets[risk])
        X = matrix(table, columns)
        named = {column.name: X[:, j] for j, column in enumerate(columns)}
        points = rule_scores(rules, subject, risk, named).points
        return Said(points.astype(np.float64), nothing, nothing, "the office's rules")
    return Said(np.zeros(n), nothing, nothing, "chance")


def within(table: pa.Table, window: Window) -> pa.Table:
    """The rows whose movements lie in the window."""
    at = table["event_at"].to_numpy()
    inside: Flags = (at >= window.since) & (at < window.until)
    return table.take(pa.array(np.flatnonzero(inside)))


def _finite(scores: Floats) -> Floats:
    """A movement none of whose versions came before its outcome has no score: it comes last."""
    known = scores[np.isfinite(scores)]
    return np.where(np.isfinite(scores), scores, known.min() - 1 if len(known) else 0.0)


def _standard(scores: Floats) -> Floats:
    spread = float(scores.std())
    return (scores - scores.mean()) / spread if spread > 0 else np.zeros_like(scores)


def _moment(iso: str) -> int:
    read = datetime.fromisoformat(iso)
    return microseconds(read if read.tzinfo else read.replace(tzinfo=UTC))
