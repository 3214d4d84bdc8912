"""95 % intervals of totals and of their ratios when few hits, of unequal weight, back them.

Rare hits make the error of a total skewed and tied to its own estimated variance: seasons that missed
a heavy hit look both low and sure. With V the variance and k the skewness' scale, the third cumulant
over V, the interval is

    total + k * (2 z² + 1) / 6  ±  √(z² V + b k²)

The shift is the first order of the correction for skewness (Johnson, JASA 1978; Hall, JRSS B 1992);
b = (log 20 - (2 z² + 1) / 6)² is chosen so that for a plain count this is the mid-P interval of
Poisson (for none found, λ <= log 20), and so it is for hits of equal weight. As in the gamma
intervals for weighted sums (Fay and Feuer, Statistics in Medicine 1997), hits that might have been
drawn but were not enter k: `UNSEEN` of them, at the weights the regression expects.

z is Student's at Satterthwaite's degrees of freedom (1946), of that part of V's own error that does
not go with the total's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from features.spec import Floats, Integers
from training.intervals import effective_number
from training.policy_value.measuring import Measuring
from training.shares import Z_95

#: How many hits not seen have a say in the skewness.
UNSEEN = 1.0
_LEAST_DEGREES = 3.0


@dataclass(frozen=True)
class Total:
    """An estimated total.

    Attributes:
        value: The estimate, within 0 and `most`.
        low: Lower end of its interval.
        high: Upper end.
        variance: Of the estimate.
        skewness: Third cumulant over variance: what a typical doubtful hit stands for.
        degrees: Satterthwaite's degrees of freedom of that variance; infinite where it is sure.
        contribution: What each measuring row adds to the doubt (k,).
        bias_bound: What the clip may at most have taken away.
        hit_weight: c * w of the hits that back it (h,).
        row_weight: c * w of the rows that do.
    """

    value: float
    low: float
    high: float
    variance: float
    skewness: float
    degrees: float
    contribution: Floats
    bias_bound: float
    hit_weight: Floats
    row_weight: Floats


def total(made: Measuring, coefficient: Floats) -> Total:
    """The total of coefficient * hit over all n movements; coefficients (n,), none negative."""
    c = coefficient[made.rows]
    w = c * made.weight
    # Of what is selected from, most coefficients are 0, and such rows add nothing.
    some = np.flatnonzero(w > 0)
    inside = _part_of(made, some)
    v, hit = w[some], inside.hit
    if made.method == "horvitz_thompson":
        everywhere, m = 0.0, np.zeros(len(v))
    elif made.method == "doubly_robust":
        everywhere, m = float((coefficient * made.risk).sum()), made.risk[inside.rows]
    else:
        mean = float(v @ hit / v.sum()) if len(v) else 0.0
        everywhere, m = mean * float(coefficient.sum()), np.full(len(v), mean)
    left = v * (hit - m)
    moments = _moments(inside, v, m, left)
    contribution = np.zeros(len(w))
    contribution[some] = left * np.sqrt(inside.spread)
    value = everywhere + float(left.sum())
    below, above, skewness, degrees = _reach(*moments)
    most = float(coefficient.sum())
    value = min(max(value, 0.0), most)
    return Total(
        value=value,
        low=min(max(value + below, 0.0), value),
        high=max(min(value + above, most), value),
        variance=moments[0],
        skewness=skewness,
        degrees=degrees,
        contribution=contribution,
        bias_bound=float(c @ made.beyond),
        hit_weight=v[hit > 0],
        row_weight=v,
    )


def effective_hits(hit_weight: Floats, skewness: float) -> float:
    """Hits of equal weight that these weights (h,) are worth, by Kish, unless one more would tell.

    Where only sure inspections have hit, and chance with its heavy weights has not, the hits look
    many and equal. One hit more, of the weight that doubtful ones have, must not make them fewer.
    """
    seen = effective_number(hit_weight)
    return min(seen, effective_number(np.append(hit_weight, max(skewness, 0.0)))) if seen else 0.0


def ratio(x: Total, y: Total, made: Measuring) -> tuple[float, float]:
    """The interval of x / y from those of two totals (MOVER: Donner and Zou, SMMR 2012).

    The ends solve (x - θ y)² = a² + θ² b² - 2 r θ a b, where a and b are the ways from x and y to
    those ends of their intervals that lie towards θ, and r is the correlation of the two.

    Returns:
        The lower and the upper end; the upper is infinite where y may be 0.
    """
    both = math.sqrt(x.variance * y.variance)
    r = _summed(made, x.contribution, y.contribution) / both if both > 0 else 0.0
    r = min(max(r, -1.0), 1.0)
    low = _end(x.value, y.value, x.value - x.low, y.high - y.value, r, upper=False)
    high = _end(x.value, y.value, x.high - x.value, y.value - y.low, r, upper=True)
    return low, high


def student(degrees: float) -> float:
    """97.5 % quantile of Student's t by the expansion of Fisher and Cornish (Technometrics 1960).

    Within 0.5 % from 3 degrees on, and never below that of the normal distribution.
    """
    z = Z_95
    d = max(degrees, _LEAST_DEGREES)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / d**power for power, term in enumerate(terms, start=1))


def _part_of(made: Measuring, some: Integers) -> Measuring:
    """The same with these of the measuring rows alone."""
    return replace(
        made,
        rows=made.rows[some],
        weight=made.weight[some],
        hit=made.hit[some],
        spread=made.spread[some],
        beyond=made.beyond[some],
        cluster=None if made.cluster is None else made.cluster[some],
    )


def _moments(
    made: Measuring, w: Floats, m: Floats, left: Floats
) -> tuple[float, float, float, float]:
    """Variance, and second to fourth cumulants with the unseen hits among them; weights above 0."""
    f = made.spread
    variance = _summed(made, left * np.sqrt(f), left * np.sqrt(f))
    own = float(f @ left**2)
    q = made.risk[made.rows]
    # Of hits that leave no doubt none is counted, and light ones less than heavy ones.
    square, cube = (float(q @ (f ** (power - 1) * w**power)) for power in (2, 3))
    unseen = UNSEEN * cube**2 / square**3 if square > 0 else 0.0
    second, third, fourth = (
        float((f ** (power - 1)) @ (left**power + unseen * _expected(w, m, q, power)))
        for power in (2, 3, 4)
    )
    # Rows that come together are so many fewer, and heavier, pieces.
    together = variance / own if own > 0 else 1.0
    return variance, second * together, third * together**2, fourth * together**3


def _expected(w: Floats, m: Floats, q: Floats, power: int) -> Floats:
    """Expected power of each row's residual when hits are as likely as q."""
    return np.asarray(q * (w * (1 - m)) ** power + (1 - q) * (-w * m) ** power)


def _reach(
    variance: float, second: float, third: float, fourth: float
) -> tuple[float, float, float, float]:
    """How far the interval reaches below and above, the skewness, and the degrees of freedom."""
    if second <= 0:
        return 0.0, 0.0, 0.0, math.inf
    k = third / second
    apart = fourth - third**2 / second
    degrees = 2 * second**2 / apart if apart > 1e-12 * fourth else math.inf
    z = student(degrees)
    shift = (2 * z**2 + 1) / 6
    half = math.sqrt(z**2 * variance + ((math.log(20) - (2 * Z_95**2 + 1) / 6) * k) ** 2)
    return k * shift - half, k * shift + half, k, degrees


def _summed(made: Measuring, a: Floats, b: Floats) -> float:
    """The sum of products over rows, or over clusters' sums where rows come together."""
    if made.cluster is None or not len(a):
        return float(a @ b)
    return float(np.bincount(made.cluster, a) @ np.bincount(made.cluster, b))


def _end(x: float, y: float, a: float, b: float, r: float, *, upper: bool) -> float:
    """The root of (y² - b²) θ² - 2 (x y - r a b) θ + (x² - a²) = 0 on the asked side of x / y."""
    square, cross, rest = y * y - b * b, x * y - r * a * b, x * x - a * a
    if not upper:
        # Of the two roots the smaller; written so that y = b needs no case of its own.
        root = math.sqrt(max(cross * cross - square * rest, 0.0))
        return max(rest, 0.0) / (cross + root) if cross + root > 0 else 0.0
    if square <= 1e-12 * y * y:
        return math.inf
    return (cross + math.sqrt(max(cross * cross - square * rest, 0.0))) / square
