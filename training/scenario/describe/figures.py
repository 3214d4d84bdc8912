"""The figures on the pages: intervals, how well one signal tells apart, and numbers in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from training.scenario.streams import Floats
from training.shares import wilson

#: Up to these areas under the curve, what one says of a sign by itself.
_TELLS = (
    (0.55, "tells them apart hardly better than chance"),
    (0.65, "tells them apart a little better than chance"),
    (0.75, "tells them apart somewhat, not enough by itself"),
    (0.85, "tells them apart well: more than one sign should"),
    (1.01, "nearly gives it away by itself"),
)


@dataclass(frozen=True)
class Share:
    """Hits among a number of cases, with the 95 % interval of Wilson (1927)."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share, NaN of no cases."""
        return self.hits / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end; 0 and 1 of no cases."""
        if self.of == 0:
            return 0.0, 1.0
        figure = wilson(self.hits, self.of)
        return figure.low, figure.high


def auc(carrying: Floats, others: Floats) -> float:
    """Probability that one of `carrying` (n,) has the higher value than one of `others` (m,).

    Ties count half (Mann and Whitney 1947). NaN if there are none of either.
    """
    if not len(carrying) or not len(others):
        return math.nan
    ordered = np.sort(others)
    below = np.searchsorted(ordered, carrying, side="left")
    up_to = np.searchsorted(ordered, carrying, side="right")
    return float((below + up_to).sum()) / (2 * len(carrying) * len(others))


def tells_apart(area: float) -> str:
    """What an area under the curve means, in words; the direction does not matter."""
    either_way = max(area, 1 - area)
    words = next(words for most, words in _TELLS if either_way < most)
    return f"{words} ({either_way:.2f})".replace("(0.", "(.")


def ticks(top: float, *, most: int = 5) -> list[float]:
    """Round numbers from 0 to at least `top`, at most `most` steps of 1, 2 or 5 times a ten."""
    if top <= 0 or not math.isfinite(top):
        return [0.0, 1.0]
    ten = 10.0 ** math.floor(math.log10(top / most))
    step = next(ten * s for s in (1, 2, 5, 10) if ten * s * most >= top * (1 - 1e-9))
    return [step * i for i in range(math.ceil(top / step - 1e-9) + 1)]


def count(number: float) -> str:
    """A whole number with commas."""
    return f"{round(number):,}"


def short(value: float) -> str:
    """A number as short as an axis needs it: 0.5, 12, 1,500."""
    return count(value) if value >= 100 or value == round(value) else f"{value:.3g}"


def one_in(share: float) -> str:
    """A share in words: per cent from 1 % on, else "1 in N"; "none" for nothing."""
    if math.isnan(share):
        return "–"
    if share <= 0:
        return "none"
    return f"{100 * share:.1f} %" if share >= 0.01 else f"1 in {count(1 / share)}"


def listed(words: list[str]) -> str:
    """a, b and c."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)
