"""Are the reasons a head gives true, and do they carry the score?

Three questions, on movements of the test days. Do the contributions sum to the margin? Is each
printed reason true of the record: its value derived anew from the record's own integers, its usual
range counted anew, its direction and share added up anew, its sentence read back? And does the score
hang on the reasons that are named first: deleting the three that raise it most must lower it more
than deleting three others.

To delete a reason is to know nothing of it: all of its columns take the values they have in another
movement, drawn from the past, and the margin is averaged over such movements.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from features.finish import as_floats
from features.spec import Column, Floats, Integers
from features.table import matrix
from models.reasons import Reason, reasons
from models.risk_model import RiskModel
from training.assurance.period_heads import Learnt
from training.assurance.reading_back import is_true
from training.heads import split_of
from training.intervals import Figure
from training.params import Params
from training.shares import wilson
from training.split import Split

#: Contributions must sum to the margin to this.
TOLERANCE = 1e-9
_DELETED = 3
#: Movements of the past over which a deleted reason is averaged.
_BACKGROUND = 50
#: Movements whose copies are scored together: it bounds the memory.
_AT_ONCE = 50

_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Faithful:
    """What was found of one head's reasons.

    Attributes:
        head: The head's name.
        movements: How many movements were explained.
        widest_gap: Largest distance of a sum of contributions from its margin, in log-odds.
        reasons: How many reasons were printed.
        untrue: Those that are not true of the record, in words.
        compared: Movements with at least three reasons that raise and three others.
        carried: Of those, how many in which the first three lower the score more than three others.
        carried_raising: The same against three others that raise, `compared_raising` how many have
            them.
    """

    head: str
    movements: int
    widest_gap: float
    reasons: int
    untrue: tuple[str, ...]
    compared: int
    carried: int
    compared_raising: int
    carried_raising: int

    @property
    def share(self) -> Figure:
        """The share of movements in which the first three reasons carry more (Wilson)."""
        return _share(self.carried, self.compared)

    @property
    def share_raising(self) -> Figure:
        """The same against others that raise the score too."""
        return _share(self.carried_raising, self.compared_raising)


def faithful(learnt: Learnt, name: str, *, movements: int, params: Params, seed: int) -> Faithful:
    """Explain some movements of the test days, and put every reason to the test.

    Args:
        learnt: Heads and the records they are tested on.
        name: Of the head.
        movements: How many, drawn at random.
        params: Says where the test begins.
        seed: Of what is drawn.
    """
    head = learnt.heads[name].head
    card, table = head.card, learnt.movements[head.card.subject]
    columns = learnt.features.columns(card.subject, card.target_results)
    head.check_columns([column.name for column in columns])
    parts = split_of(table, learnt.outcomes, risk=card.risk, params=params)
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.permutation(np.flatnonzero(parts.test.within))[:movements])
    past, usual = _past_of(head, table, columns, parts)
    asked = table.take(drawn)
    X = matrix(asked, columns)
    margins, contributions = head.margins(X), head.contributions(X)
    gap = max(
        abs(math.fsum(row) - m)
        for row, m in zip(contributions.tolist(), margins.tolist(), strict=True)
    )
    integers = {
        integer: asked[integer].to_numpy() for column in columns for integer in column.input_names
    }
    untrue: list[str] = []
    printed = 0
    for i, (x, row) in enumerate(zip(X, contributions, strict=True)):
        for reason in reasons(card, x, row):
            printed += 1
            if fault := fault_of(reason, head, columns, integers, i, row, usual):
                untrue.append(f"{reason.sentence!r}: {fault}")
    groups = _groups(head)
    sums = np.column_stack([contributions[:, group].sum(axis=1) for group in groups.values()])
    background = past[rng.permutation(len(past))[:_BACKGROUND]]
    compared, carried = _deleted(head, X, sums, groups, background, rng, raising=False)
    compared_raising, carried_raising = _deleted(
        head, X, sums, groups, background, rng, raising=True
    )
    return Faithful(
        head=name,
        movements=len(X),
        widest_gap=gap,
        reasons=printed,
        untrue=tuple(untrue),
        compared=compared,
        carried=carried,
        compared_raising=compared_raising,
        carried_raising=carried_raising,
    )


def fault_of(
    reason: Reason,
    head: RiskModel,
    columns: Sequence[Column],
    integers: dict[str, Integers],
    row: int,
    contributions: Floats,
    usual: dict[str, tuple[float | None, float | None]],
) -> str | None:
    """What is not true of a reason, or None.

    Args:
        reason: As it is printed.
        head: The head that gave it.
        columns: The columns it reads.
        integers: The integers of the movements explained, by name (n,).
        row: Which of them this one is.
        contributions: Its contributions (f + 1,).
        usual: 10th and 90th percentile of each column, counted anew.
    """
    names = [column.name for column in columns]
    column = columns[names.index(reason.column)]
    # One movement alone, and not as part of a matrix.
    alone = [as_floats(integers[name][row : row + 1]) for name in column.input_names]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(column.finish(*alone)[0])
    told = math.nan if reason.value is None else reason.value
    if not (told == value or (math.isnan(told) and math.isnan(value))):
        return f"the record says {value}"
    on_card = head.card.columns[names.index(reason.column)]
    if not is_true(reason.sentence, on_card, value):
        return f"that is not what {value} reads like"
    if not _alike((reason.usual_low, reason.usual_high), usual[reason.column]):
        return f"usual is {usual[reason.column]}"
    groups = _groups(head)
    sums = {code: math.fsum(contributions[group]) for code, group in groups.items()}
    own = contributions[names.index(reason.column)]
    if (sums[reason.code] > 0) != (reason.direction == "raises") or own * sums[reason.code] < 0:
        return "the direction is wrong"
    share = abs(sums[reason.code]) / math.fsum(abs(part) for part in sums.values())
    if abs(share - reason.share) > TOLERANCE or on_card.reason != reason.code:
        return f"its share is {share}"
    return None


def _alike(
    told: tuple[float | None, float | None], counted: tuple[float | None, float | None]
) -> bool:
    """Whether two usual ranges are one, up to the last bits of an interpolation."""
    for on_card, again in zip(told, counted, strict=True):
        if on_card is None or again is None:
            if on_card is not again:
                return False
        elif not math.isclose(on_card, again, rel_tol=TOLERANCE, abs_tol=1e-12):
            return False
    return True


def _past_of(
    head: RiskModel, table: pa.Table, columns: Sequence[Column], parts: Split
) -> tuple[Floats, dict[str, tuple[float | None, float | None]]]:
    """The movements (m, f) a head was described by, and their usual ranges, counted anew.

    A deployment goes on after its heads were trained, and parts its records elsewhere now: so the past
    ends on the first midnight by which every range on the card is that of the movements before. Where
    there is none, the card is wrong, and the past is that of today's parts.
    """
    X, event_at = matrix(table, columns), table["event_at"].to_numpy()
    on_card = {c.name: (c.usual_low, c.usual_high) for c in head.card.columns}
    for until in _ends(head, parts):
        past = X[event_at < until]
        if len(past) and all(
            _alike(on_card[column.name], _usual(past[:, [j]], [column])[column.name])
            for j, column in enumerate(columns)
        ):
            return past, _usual(past, columns)
    past = X[parts.past.within]
    return past, _usual(past, columns)


def _ends(head: RiskModel, parts: Split) -> Iterator[int]:
    """Where a head's past may end: where it ends now, or on a midnight from its last outcome's on."""
    now = parts.cuts.test_from - parts.cuts.embargo
    yield now
    last = round(datetime.fromisoformat(head.card.trained_to).timestamp() * 1_000_000)
    yield from range((last // _DAY + 1) * _DAY, now, _DAY)


def _usual(past: Floats, columns: Sequence[Column]) -> dict[str, tuple[float | None, float | None]]:
    found: dict[str, tuple[float | None, float | None]] = {}
    for column, values in zip(columns, past.T, strict=True):
        known = np.sort(values[~np.isnan(values)])
        if column.categorical or not len(known):
            found[column.name] = (None, None)
            continue
        # The percentile by its definition: linear between the two values around it.
        place = np.array([0.1, 0.9]) * (len(known) - 1)
        low, high = np.interp(place, np.arange(len(known)), known)
        found[column.name] = (float(low), float(high))
    return found


def _groups(head: RiskModel) -> dict[str, list[int]]:
    """Columns of each reason, by its code."""
    groups: dict[str, list[int]] = {}
    for j, column in enumerate(head.card.columns):
        groups.setdefault(column.reason, []).append(j)
    return groups


def _deleted(
    head: RiskModel,
    X: Floats,
    sums: Floats,
    groups: dict[str, list[int]],
    background: Floats,
    rng: Generator,
    *,
    raising: bool,
) -> tuple[int, int]:
    """Movements compared, and those in which the first three lower the score more than others."""
    members = list(groups.values())
    rows, first, other = [], [], []
    for i, of in enumerate(sums):
        ranked = np.argsort(-of, kind="stable")
        rest = ranked[_DELETED:]
        rest = rest[of[rest] > 0] if raising else rest
        if of[ranked[_DELETED - 1]] <= 0 or len(rest) < _DELETED:
            continue
        rows.append(i)
        first.append(ranked[:_DELETED])
        other.append(rng.permutation(rest)[:_DELETED])
    if not rows:
        return 0, 0
    without_first = _without(head, X[rows], first, members, background)
    without_other = _without(head, X[rows], other, members, background)
    return len(rows), int((without_first < without_other).sum())


def _without(
    head: RiskModel,
    X: Floats,
    chosen: Sequence[Integers],
    members: Sequence[list[int]],
    background: Floats,
) -> Floats:
    """Mean margins (n,) of rows (n, f) with the columns of some reasons taken from the background."""
    k = len(background)
    means = []
    for start in range(0, len(X), _AT_ONCE):
        copies = np.repeat(X[start : start + _AT_ONCE], k, axis=0)
        for i, of in enumerate(chosen[start : start + _AT_ONCE]):
            gone = [j for g in of for j in members[g]]
            copies[i * k : (i + 1) * k, gone] = background[:, gone]
        means.append(head.margins(copies).reshape(-1, k).mean(axis=1))
    return np.concatenate(means)


def _share(carried: int, compared: int) -> Figure:
    if not compared:
        return Figure(math.nan, math.nan, math.nan)
    return wilson(carried, compared)
