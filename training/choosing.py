"""Trees, a logistic regression, or both: decided by what each would have found in the past's own future.

The rows are cut by time into folds with equally many hits. Each fold but the first is ranked by fits
on what was known before it began (forward chaining), so nothing is judged by what it has learnt from.
Half of each is the answer unless another mixture ranks better by more than two standard errors: with
few hits the best of several figures is mostly the luckiest (the idea of Breiman et al. 1984, who asked
for one; with forty hits one was still a toss).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from features.spec import Column, Floats, Integers
from models.blend import Blend
from models.linear import Linear
from models.risk_model import Scorer
from models.trees import Trees
from training.background import Background, beside
from training.baseline import fit_logistic
from training.fit import Rows, fit_trees, refit_trees
from training.params import FitParams, HeadKind

#: Shares that the trees may have in the head, the usual one first.
TREE_SHARES = (0.5, 0.25, 0.75, 0.0, 1.0)

#: Standard errors by which a mixture must be better than half of each.
_SURELY = 2.0
#: Margins that differ by less differ by rounding alone.
LEAST_SPREAD = 1e-9

_SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")
_FIXED: dict[HeadKind, float] = {"trees": 1.0, "logistic": 0.0, "blend": 0.5}


@dataclass(frozen=True)
class Dated:
    """Rows in any order, and when they were.

    Attributes:
        rows: What is learned from.
        event_at: When the movement was (n,), microseconds since 1970 UTC.
        known_at: When its label was known (n,), likewise.
    """

    rows: Rows
    event_at: Integers
    known_at: Integers

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Choice:
    """What the head is made of.

    Attributes:
        tree_share: How much of it the trees are, by spread of the margin.
        trees_spread: Standard deviation of the trees' margins on movements they had not learnt from.
        linear_spread: Of the regression's.
        auc: By share of the trees the AUC over the folds; empty where nothing could be compared.
        sentence: Why.
    """

    tree_share: float
    trees_spread: float
    linear_spread: float
    auc: dict[float, float]
    sentence: str


@dataclass(frozen=True, eq=False)
class Fold:
    """Fits on what was known before a stretch of time, and which rows they are judged on.

    Attributes:
        start: When the stretch begins, microseconds since 1970 UTC; `end` when it is over.
        judged: Places (k,) of the rows in it.
    """

    start: int
    end: int
    trees: Trees
    linear: Linear
    judged: Integers


@dataclass(frozen=True)
class _Margins:
    """Margins of one fold's rows (k,) by its fits."""

    trees: Floats
    linear: Floats
    hit: Floats
    weight: Floats


def choose(
    dated: Dated,
    *,
    columns: Sequence[Column],
    params: FitParams,
    embargo: int,
    seed: int,
    folds: Sequence[Fold] | None = None,
) -> Choice:
    """Decide what the head is made of, from the past alone.

    Args:
        dated: The rows.
        columns: The columns, in order.
        params: Settings; `head` decides outright unless it is "nested".
        embargo: Microseconds left out before each fold, so that outcomes are mature.
        seed: Of the trees.
        folds: What `forward_folds` gives for these rows; None to fit them here, on the rows alone.
    """
    if params.head in ("trees", "logistic"):
        return Choice(_FIXED[params.head], 1.0, 1.0, {}, f"The parameters ask for {params.head}.")
    if folds is None:
        folds = forward_folds(dated, columns=columns, params=params, embargo=embargo, seed=seed)
    said = [_margins(fold, dated.rows) for fold in folds]
    spreads = (_spread([one.trees for one in said]), _spread([one.linear for one in said]))
    if params.head == "blend":
        return Choice(_FIXED[params.head], *spreads, {}, "The parameters ask for half of each.")
    if not folds:
        return Choice(
            TREE_SHARES[0], *spreads, {},
            "There are too few hits to compare trees and regression; the head is half of each.",
        )  # fmt: skip
    ranks = {share: [_ranks(one, share, spreads) for one in said] for share in TREE_SHARES}
    hit_weight = np.concatenate([one.weight[one.hit > 0] for one in said])
    auc = {s: float(np.average(np.concatenate(of), weights=hit_weight)) for s, of in ranks.items()}
    usual = TREE_SHARES[0]
    best = max(TREE_SHARES, key=lambda share: auc[share])
    gain = np.concatenate(ranks[best]) - np.concatenate(ranks[usual])
    error = _standard_error(gain, hit_weight)
    told = f"AUC {auc[best]:.3f} against {auc[usual]:.3f} for half of each, over {len(gain)} hits"
    if best == usual or auc[best] - auc[usual] <= _SURELY * error:
        sentence = f"Half trees, half regression: nothing was surely better ({told})."
        return Choice(usual, *spreads, auc, sentence)
    return Choice(
        best, *spreads, auc,
        f"The trees' share is {best:g}: {told}, standard error of the gain {error:.3f}.",
    )  # fmt: skip


def forward_folds(
    dated: Dated,
    *,
    columns: Sequence[Column],
    params: FitParams,
    embargo: int,
    seed: int,
    background: Background | None = None,
) -> list[Fold]:
    """Fits on the past of each stretch of time; none where hits are few.

    Arguments as of `choose`; what nobody inspected before a fold is learnt from beside its rows.
    """
    hit = dated.rows.hit
    hits_at = np.sort(dated.event_at[hit])
    if len(hits_at) < params.least_fold_hits * (params.folds + 1):
        return []
    # The first fold has no past; it is as large as two, or the next would learn from next to nothing.
    places = [(k + 2) * len(hits_at) // (params.folds + 2) for k in range(params.folds)]
    ends = [int(hits_at[place]) for place in places] + [int(dated.event_at.max()) + 1]
    made = []
    for start, end in pairwise(ends):
        learnt = np.flatnonzero((dated.event_at < start - embargo) & (dated.known_at < start))
        judged = np.flatnonzero((dated.event_at >= start) & (dated.event_at < end))
        enough = int(hit[learnt].sum()) >= params.least_fold_hits and not hit[learnt].all()
        if enough and hit[judged].any() and not hit[judged].all():
            usual = background.before(start - embargo) if background is not None else None
            rows = beside(_taken(dated.rows, learnt), usual)
            both = fit_both(rows, rounds=None, columns=columns, params=params, seed=seed)
            made.append(Fold(start, end, *both, judged))
    return made


def composed(trees: Trees, linear: Linear, choice: Choice) -> Scorer:
    """The head's scorer from fits on all rows, mixed by spread as it was chosen."""
    if choice.tree_share == 1:
        return trees
    if choice.tree_share == 0:
        return linear
    weights = _weights(choice.tree_share, (choice.trees_spread, choice.linear_spread))
    return Blend(trees, linear, *weights)


def fit_both(
    rows: Rows, *, rounds: int | None, columns: Sequence[Column], params: FitParams, seed: int
) -> tuple[Trees, Linear]:
    """Trees and regression on the same rows; the trees with so many rounds, or all the settings have."""
    if rounds is None:
        trees = fit_trees(rows, None, columns=columns, params=params, seed=seed).trees
    else:
        trees = refit_trees(
            rows, rounds=rounds, like=rows, columns=columns, params=params, seed=seed
        )
    return trees, linear_of(rows, columns=columns, params=params)


def linear_of(rows: Rows, *, columns: Sequence[Column], params: FitParams) -> Linear:
    """The regression on these rows."""
    return fit_logistic(
        rows,
        columns=columns,
        categorical=[column.categorical for column in columns],
        penalty=params.logistic_penalty,
        class_columns=params.class_columns,
    )


def _margins(fold: Fold, rows: Rows) -> _Margins:
    X, judged = rows.X[fold.judged], fold.judged
    return _Margins(
        fold.trees.margins(X),
        fold.linear.margins(X),
        rows.hit[judged].astype(np.float64),
        rows.weight[judged],
    )


def _taken(rows: Rows, places: Integers) -> Rows:
    weight = rows.weight[places]
    return Rows(rows.X[places], rows.hit[places], weight / weight.mean())


def _spread(margins: Sequence[Floats]) -> float:
    """Mean standard deviation within folds; 1 where there is none to be told."""
    spreads = [spread for spread in (float(m.std()) for m in margins) if spread > LEAST_SPREAD]
    return float(np.mean(spreads)) if spreads else 1.0


def _weights(share: float, spreads: tuple[float, float]) -> tuple[float, float]:
    """What the margins are multiplied by, so that shares are shares of the spread.

    The whole is given the mean spread of its parts, so that it reads as log-odds still.
    """
    of_trees, of_linear = spreads
    whole = share * of_trees + (1 - share) * of_linear
    return share * whole / of_trees, (1 - share) * whole / of_linear


def _ranks(said: _Margins, share: float, spreads: tuple[float, float]) -> Floats:
    """For each hit (h,) the weighted share of the misses that it outranks, ties by half."""
    trees, linear = _weights(share, spreads)
    margin = trees * said.trees + linear * said.linear
    missed = said.hit == 0
    order = np.argsort(margin[missed], kind="stable")
    below, mass = margin[missed][order], np.r_[0.0, said.weight[missed][order].cumsum()]

    places = [np.searchsorted(below, margin[~missed], side=side) for side in _SIDES]
    return np.asarray((mass[places[0]] + mass[places[1]]) / 2 / mass[-1])


def _standard_error(gain: Floats, weight: Floats) -> float:
    """Of a weighted mean over hits (DeLong, DeLong and Clarke-Pearson, Biometrics 1988).

    The part that the misses add is left out: there are a hundred times as many.
    """
    share = weight / weight.sum()
    left = gain - share @ gain
    return float(np.sqrt((share**2) @ left**2))
