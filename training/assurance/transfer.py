"""Do the default settings hold on data nobody tuned them to?

On each table the default head (what `training.choosing` makes of trees and regression), the trees
alone and the logistic regression learn from the past and rank what came later; once from all hits,
and from a few of them drawn at random, since few hits are where trees fall behind. The loss is the
regression's AUC less the head's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from features.spec import Floats
from training.assurance.plain_tables import PlainTable
from training.choosing import Dated, choose, composed, fit_both
from training.fit import Rows
from training.intervals import Figure
from training.labels import Flags
from training.params import FitParams
from training.shares import Z_95

#: How many hits are left to learn from; None: all.
FEW = (None, 150, 50, 20)
#: Misses learnt from beside few hits, at most: more only take time.
_MOST_MISSES = 5000


@dataclass(frozen=True)
class Compared:
    """One table with one number of hits, over the draws.

    Attributes:
        table: The table's name.
        hits: How many hits were learnt from.
        every: Whether those were all.
        draws: How often rows or hits were drawn.
        default: AUC of the default head, and its interval.
        trees: Of the trees alone.
        logistic: Of the logistic regression.
        loss: AUC of the regression less that of the default head, and its interval.
        loss_trees: The same for the trees alone.
        tree_share: Mean share of the trees in the default head.
    """

    table: str
    hits: int
    every: bool
    draws: int
    default: Figure
    trees: Figure
    logistic: Figure
    loss: Figure
    loss_trees: Figure
    tree_share: float


def compared(
    tables: Sequence[PlainTable], few: int | None, *, params: FitParams, seed: int
) -> Compared | None:
    """One table's draws with a number of hits; None where the past has not more than that.

    Args:
        tables: The draws of one table: shuffled anew, or the same to draw other hits from.
        few: How many hits to learn from; None for all.
        params: The default settings.
        seed: Of the hits that are drawn, and of the trees.
    """
    drawn = [_drawn(table, few, (seed, place)) for place, table in enumerate(tables)]
    if any(learnt is None for learnt in drawn):
        return None
    ranked = [
        _ranked(table, learnt, params=params, seed=seed)
        for table, learnt in zip(tables, drawn, strict=True)
        if learnt is not None
    ]
    scores = {kind: [of.scores[kind] for of in ranked] for kind in ("default", "trees", "logistic")}
    hits = [table.hit[~table.past] for table in tables]

    def figure(plus: str, minus: str | None = None) -> Figure:
        return _over_draws([
            auc_with_error(hit, scores[plus][i], scores[minus][i] if minus else None)
            for i, hit in enumerate(hits)
        ])  # fmt: skip

    return Compared(
        table=tables[0].name,
        hits=round(np.mean([of.hits for of in ranked])),
        every=few is None,
        draws=len(tables),
        default=figure("default"),
        trees=figure("trees"),
        logistic=figure("logistic"),
        loss=figure("logistic", "default"),
        loss_trees=figure("logistic", "trees"),
        tree_share=float(np.mean([of.tree_share for of in ranked])),
    )


def auc_with_error(hit: Flags, score: Floats, other: Floats | None = None) -> tuple[float, float]:
    """AUC of a ranking, or how far it lies above another's, and the standard error.

    DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988): the variance of the placements.
    """
    of_hits, of_misses = _placements(hit, score)
    if other is not None:
        hits, misses = _placements(hit, other)
        of_hits, of_misses = of_hits - hits, of_misses - misses
    variance = 0.0
    for placed in (of_hits, of_misses):
        if len(placed) > 1:
            variance += float(placed.var(ddof=1)) / len(placed)
    return float(of_hits.mean()), math.sqrt(variance)


def transfer_figures(found: Sequence[Compared]) -> dict[str, float]:
    """Figures under flat names: the worst loss of the default and of the trees alone, and each."""
    figures = {
        "tables": float(len({of.table for of in found})),
        "worst_loss": max(of.loss.value for of in found),
        "worst_loss_trees_alone": max(of.loss_trees.value for of in found),
        "worst_loss_all_hits": max((of.loss.value for of in found if of.every), default=math.nan),
    }
    for of in found:
        name = f"{of.table}_{'all' if of.every else of.hits}"
        figures |= {
            f"{name}_default": of.default.value,
            f"{name}_trees": of.trees.value,
            f"{name}_logistic": of.logistic.value,
            f"{name}_loss": of.loss.value,
            f"{name}_loss_high": of.loss.high,
        }
    return {name: round(value, 6) for name, value in figures.items() if not math.isnan(value)}


def transfer_table(found: Sequence[Compared]) -> Table:
    """One line a table and number of hits; "(all)" where none were left out."""
    table = Table(
        "table", "hits", "default", "trees", "logistic", "default loses", "trees lose", "share",
        title="AUC of what came later", caption="share: of the trees in the default head",
        box=SIMPLE_HEAD,
    )  # fmt: skip
    for column in table.columns:
        column.no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for place, of in enumerate(found):
        last = place + 1 == len(found) or found[place + 1].table != of.table
        table.add_row(
            of.table.replace("_", " "),
            f"{of.hits:,}{' (all)' if of.every else ''}",
            f"{of.default.value:.3f}",
            f"{of.trees.value:.3f}",
            f"{of.logistic.value:.3f}",
            f"{of.loss.value:+.3f} ({of.loss.low:+.2f} to {of.loss.high:+.2f})",
            f"{of.loss_trees.value:+.3f}",
            f"{of.tree_share:.2f}",
            end_section=last,
        )
    return table


@dataclass(frozen=True)
class _Ranked:
    """Scores of the later rows by kind, and what they were learnt from."""

    scores: dict[str, Floats]
    hits: int
    tree_share: float


def _drawn(table: PlainTable, few: int | None, seed: tuple[int, int]) -> Flags | None:
    """Which rows of the past are learnt from (n,): some hits and the misses, or all."""
    if few is None:
        return table.past
    hits = np.flatnonzero(table.past & table.hit)
    if len(hits) <= few:
        return None
    rng = np.random.default_rng(seed)
    learnt = np.zeros(len(table.hit), np.bool_)
    learnt[rng.permutation(hits)[:few]] = True
    learnt[rng.permutation(np.flatnonzero(table.past & ~table.hit))[:_MOST_MISSES]] = True
    return learnt


def _ranked(table: PlainTable, learnt: Flags, *, params: FitParams, seed: int) -> _Ranked:
    rows = Rows(table.X[learnt], table.hit[learnt], np.ones(int(learnt.sum())))
    at = table.event_at[learnt]
    choice = choose(Dated(rows, at, at), columns=table.columns, params=params, embargo=0, seed=seed)
    trees, linear = fit_both(rows, rounds=None, columns=table.columns, params=params, seed=seed)
    later = table.X[~table.past]
    scorers = {"default": composed(trees, linear, choice), "trees": trees, "logistic": linear}
    return _Ranked(
        {kind: scorer.margins(later) for kind, scorer in scorers.items()},
        hits=int(rows.hit.sum()),
        tree_share=choice.tree_share,
    )


def _placements(hit: Flags, score: Floats) -> tuple[Floats, Floats]:
    """For each hit the share of misses below it, for each miss the share of hits above; ties by half."""

    def below(of: Floats, among: Floats) -> Floats:
        ordered = np.sort(among)
        left = np.searchsorted(ordered, of, side="left")
        right = np.searchsorted(ordered, of, side="right")
        return np.asarray((left + right) / (2 * len(ordered)))

    hits, misses = score[hit], score[~hit]
    return below(hits, misses), 1 - below(misses, hits)


def _over_draws(found: Sequence[tuple[float, float]]) -> Figure:
    """The mean, with the mean of the variances: draws share rows, and are no new data."""
    mean = float(np.mean([value for value, _ in found]))
    half = Z_95 * math.sqrt(float(np.mean([error**2 for _, error in found])))
    return Figure(mean, mean - half, mean + half)


def all_compared(
    draws: Sequence[Sequence[PlainTable]], *, params: FitParams, seed: int
) -> Iterator[Compared]:
    """Each table, with all hits and with few."""
    for tables in draws:
        for few in FEW:
            # Without a draw there is nothing that another seed would change.
            of = tables if few is not None or tables[0].shuffles else tables[:1]
            if (made := compared(of, few, params=params, seed=seed)) is not None:
                yield made
