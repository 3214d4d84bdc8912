"""How far single signals tell movements that carry something from those that do not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.scenario.describe.figures import auc
from training.scenario.describe.truth import Movements
from training.scenario.files.truth import STRATA
from training.scenario.streams import Flags, Floats

#: Fewer carrying movements than this say nothing about a signal.
FEW = 30


@dataclass(frozen=True)
class Signal:
    """One thing an officer could look at.

    Attributes:
        name: Key of its values; `title` and `unit` as the page words them.
        strata: Of which movements it is told, as `whose` words it.
        carries: "arms", "people" or "either".
        edges: Ends of the columns of its picture; what lies beyond counts in the outermost.
        marks: Places on its axis that are written out, with their words.
        night: Whether what is told apart is passing between 22 and 05, not the value itself.
        logarithmic: Whether equal steps of its axis are equal factors.
    """

    name: str
    title: str
    unit: str
    strata: tuple[str, ...]
    whose: str
    carries: str
    edges: Floats
    marks: tuple[tuple[float, str], ...]
    night: bool = False
    logarithmic: bool = False


@dataclass(frozen=True)
class Overlap:
    """A signal's values among movements that carry something and among the others.

    Attributes:
        carrying: Shares (columns,) of the carrying movements; `others` of the rest.
        cases: How many carrying movements it is known of; `compared` how many others.
        middles: Median of the carrying and of the others; at night, the shares of those that pass then.
        area: Area under the curve of this signal alone, NaN where there are fewer than `FEW`.
    """

    signal: Signal
    carrying: Floats
    others: Floats
    cases: int
    compared: int
    middles: tuple[float, float]
    area: float


_DOUBLES = ((-2.0, "¼"), (-1.0, "½"), (0.0, "usual"), (1.0, "2×"), (2.0, "4×"))
_HOURS = ((1, "1 h"), (6, "6 h"), (24, "1 d"), (168, "1 w"), (720, "30 d"))

SIGNALS = (
    Signal(
        "hour", "Hour of the crossing", "hour of the day, UTC", ("car", "van"), "cars and vans",
        "either", np.arange(25.0), ((0, "0"), (6, "6"), (12, "12"), (18, "18"), (24, "24")),
        night=True,
    ),
    Signal(
        "hours_since", "Time since the vehicle last crossed", "hours, days, weeks",
        ("car", "van"), "cars and vans seen before", "either", np.geomspace(0.5, 2000, 25),
        _HOURS, logarithmic=True,
    ),
    Signal(
        "kg_beyond", "Weight beyond what is declared", "kg", ("van", "lorry"),
        "weighed vans and lorries", "people", np.arange(-1000.0, 1501.0, 100.0),
        ((-1000, "−1,000"), (-500, "−500"), (0, "0"), (500, "500"), (1000, "1,000")),
    ),
    Signal(
        "passengers_beyond", "Passengers counted beyond those declared", "passengers", ("bus",),
        "buses", "people", np.arange(-0.5, 9.0), tuple((k, str(k)) for k in range(0, 9, 2)),
    ),
    Signal(
        "price", "Value per kg against the same kind of goods", "times the usual value per kg",
        ("freight",), "declarations of freight", "arms", np.linspace(-3, 3, 25), _DOUBLES,
    ),
    Signal(
        "mass_of_package", "Kilograms per package against the same kind of goods",
        "times the usual mass", ("freight",), "declarations of freight", "arms",
        np.linspace(-3, 3, 25), _DOUBLES,
    ),
    Signal(
        "hours_late", "Goods presented later than expected", "hours late", ("freight",),
        "declarations of freight", "people", np.arange(-8.0, 33.0, 2.0),
        ((-8, "−8"), (0, "0"), (8, "8"), (16, "16"), (24, "24"), (32, "32")),
    ),
    Signal(
        "value_eur", "Declared value of a parcel", "EUR", ("parcel",), "declarations of parcels",
        "arms", np.geomspace(10, 10_000, 25),
        ((10, "10"), (100, "100"), (1000, "1,000"), (10_000, "10,000")), logarithmic=True,
    ),
)  # fmt: skip


def overlaps(sample: Movements, values: Mapping[str, Floats]) -> list[Overlap]:
    """Every signal over the sample whose `values` (n,) are given by its name."""
    carried = {"arms": sample.arms, "people": sample.people, "either": sample.arms | sample.people}
    nothing = ~carried["either"]
    found = []
    for signal in SIGNALS:
        value = values[signal.name]
        told = np.isin(sample.stratum, [STRATA.index(s) for s in signal.strata])
        told &= np.isfinite(value)
        with_it, without = value[told & carried[signal.carries]], value[told & nothing]
        judged = _at_night if signal.night else np.asarray
        middle = _mean if signal.night else _median
        found.append(
            Overlap(
                signal,
                _shares(with_it, signal.edges),
                _shares(without, signal.edges),
                len(with_it),
                len(without),
                (middle(judged(with_it)), middle(judged(without))),
                auc(judged(with_it), judged(without)) if len(with_it) >= FEW else np.nan,
            )
        )
    return found


def _shares(values: Floats, edges: Floats) -> Floats:
    """Shares (columns,) of the values; those beyond the ends belong to the outermost columns."""
    inside = np.clip(values, edges[0], np.nextafter(edges[-1], -np.inf))
    return np.asarray(np.histogram(inside, edges)[0] / max(1, len(values)))


def _at_night(hour: Floats) -> Floats:
    night: Flags = (hour >= 22) | (hour < 5)
    return night.astype(np.float64)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else math.nan
