"""From integers to the numbers a model reads: one definition for the service and for training.

Only + - x / and sqrt: exp and log differ between CPUs in the last bit, these do not (IEEE 754
requires them correctly rounded). All functions work elementwise on float64 arrays (n,), where
NaN means "not known" and stays so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from features.spec import MISSING, Column, Floats, Integers

# A party's share of finds counts as much as the population's share once it has been inspected
# this often: below, the population speaks for it; above, its own record does.
_PRIOR_INSPECTIONS = 10.0

# Keeps the population's own share away from 0 and 1 while a ledger is young: one find in fifty.
_FIRST_FINDS, _FIRST_INSPECTIONS = 1.0, 50.0

# One unit squared of a fixed-point logarithm (2**-10), as the least spread of a peer group:
# about a tenth of a doubling, so that identical peers do not make every other value extreme.
_LEAST_VARIANCE = 100.0 * 100.0
_PRIOR_PEERS, _PRIOR_VARIANCE = 5.0, 2048.0 * 2048.0  # two doublings, until peers are seen

# A subheading's peers count as much as its heading's once there are this many.
_PRIOR_SUBHEADING = 20.0

# Scales and tare weights are a few hundred kilograms off before anything is amiss.
_PRIOR_WEIGHT_VARIANCE, _LEAST_WEIGHT_VARIANCE = 500.0 * 500.0, 50.0 * 50.0

_HOURS_A_WEEK = 168.0


def finished(columns: Sequence[Column], integers: Mapping[str, Integers]) -> Floats:
    """The matrix a model reads.

    Args:
        columns: The columns, in the model's order.
        integers: Each integer the columns are made of, by name, int64 of shape (n,).

    Returns:
        float64 of shape (n, len(columns)); NaN where the value is not known.

    Raises:
        KeyError: if an integer is absent.
    """
    return _finisher(tuple(columns)).matrix(integers)


class Finisher:
    """Columns laid out to be made quickly, for one movement as for many.

    Every `finish` works elementwise, so that columns with the same one are made by one call.

    Args:
        columns: The columns, in the model's order.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        place: dict[str, int] = {}
        together: dict[tuple[Callable[..., Floats], int], list[tuple[int, tuple[int, ...]]]] = {}
        for j, column in enumerate(columns):
            inputs = tuple(place.setdefault(name, len(place)) for name in column.input_names)
            together.setdefault((column.finish, len(inputs)), []).append((j, inputs))
        #: The integers the columns need between them.
        self.names = tuple(place)
        self._width = len(columns)
        self._groups = [
            (
                finish,
                np.array([j for j, _ in members]),
                [np.array(places) for places in zip(*(i for _, i in members), strict=True)],
            )
            for (finish, _), members in together.items()
        ]

    def matrix(self, integers: Mapping[str, Integers]) -> Floats:
        """The matrix (n, columns) from integers by name, each (n,); raises as `finished`."""
        if not self.names:
            return np.empty((len(next(iter(integers.values()), ())), 0))
        return self.matrix_of(np.array([integers[name] for name in self.names], np.int64))

    def matrix_of(self, integers: Integers) -> Floats:
        """The same from integers (len(names), n) in the order of `names`."""
        floats = as_floats(integers)
        made = np.empty((self._width, floats.shape[1]))
        # A sum over no inspections divides by zero on purpose: the result is NaN, "not known".
        with np.errstate(divide="ignore", invalid="ignore"):
            for finish, columns, inputs in self._groups:
                made[columns] = finish(*(floats[places] for places in inputs))
        return np.ascontiguousarray(made.T)


@lru_cache(maxsize=64)
def _finisher(columns: tuple[Column, ...]) -> Finisher:
    return Finisher(columns)


def as_floats(values: Integers) -> Floats:
    """float64 of the integers, `MISSING` as NaN."""
    floats: Floats = values.astype(np.float64)
    floats[values == MISSING] = np.nan
    return floats


def unchanged(value: Floats) -> Floats:
    """The integer itself."""
    return value


def thousandth(value: Floats) -> Floats:
    """Grams to kilograms, or a fixed-point thousandth to its number."""
    return value / 1000.0


def each_thousand(numerator: Floats, denominator: Floats) -> Floats:
    """Minor units for each gram, as minor units for each kilogram; NaN where no mass is known."""
    return np.where(denominator > 0, numerator / denominator * 1000.0, np.nan)


def thousandth_each(numerator: Floats, denominator: Floats) -> Floats:
    """Grams for each package, as kilograms; NaN where no package is declared."""
    return np.where(denominator > 0, numerator / denominator / 1000.0, np.nan)


def share(part: Floats, whole: Floats) -> Floats:
    """Part / whole; NaN where the whole is nothing."""
    return np.where(whole > 0, part / whole, np.nan)


def days_since(last_day: Floats, today: Floats) -> Floats:
    """Days from a UTC day number to today; NaN if there is none."""
    return today - last_day


def total(*parts: Floats) -> Floats:
    """The sum of the parts."""
    result = parts[0]
    for part in parts[1:]:
        result = result + part
    return result


def smoothed_find_share(inspected: Floats, all_inspected: Floats, *finds: Floats) -> Floats:
    """Share of a key's inspections that found something, pulled towards the population's share.

    (finds + w p) / (inspected + w): the mean of a beta distribution whose prior is the share p
    in the whole ledger, worth w = 10 inspections (Gelman et al., Bayesian Data Analysis, 2.4).

    Args:
        inspected: Inspections of the key.
        all_inspected: Inspections in the whole ledger.
        finds: First the key's finds by result, then as many of the whole ledger's.
    """
    half = len(finds) // 2
    prior = (total(*finds[half:]) + _FIRST_FINDS) / (all_inspected + _FIRST_INSPECTIONS)
    return (total(*finds[:half]) + _PRIOR_INSPECTIONS * prior) / (inspected + _PRIOR_INSPECTIONS)


def peer_z_score(value: Floats, peers: Floats, summed: Floats, squared: Floats) -> Floats:
    """How many standard deviations a fixed-point logarithm lies from its peers' mean.

    The variance is pulled towards two doublings while peers are few. NaN without peers.
    """
    mean = summed / peers
    variance = np.maximum(squared / peers - mean * mean, 0.0)
    pulled = (variance * peers + _PRIOR_VARIANCE * _PRIOR_PEERS) / (peers + _PRIOR_PEERS)
    return np.where(peers > 0, (value - mean) / np.sqrt(pulled + _LEAST_VARIANCE), np.nan)


def backed_off_z_score(
    value: Floats,
    peers: Floats,
    summed: Floats,
    squared: Floats,
    wider: Floats,
    wider_summed: Floats,
    wider_squared: Floats,
) -> Floats:
    """`peer_z_score` among few peers that leans on the wider group they belong to.

    The wider group's mean and mean square count as 20 peers of the narrow one. NaN where the
    wider group is empty.
    """
    lent = _PRIOR_SUBHEADING
    known = wider > 0
    mean = (summed + lent * wider_summed / wider) / (peers + lent)
    square = (squared + lent * wider_squared / wider) / (peers + lent)
    variance = np.maximum(square - mean * mean, 0.0)
    every = peers + wider
    pulled = (variance * every + _PRIOR_VARIANCE * _PRIOR_PEERS) / (every + _PRIOR_PEERS)
    return np.where(known, (value - mean) / np.sqrt(pulled + _LEAST_VARIANCE), np.nan)


def weight_z_score(value: Floats, weighed: Floats, summed: Floats, squared: Floats) -> Floats:
    """How many standard deviations a difference of weights, kg, lies from a party's usual one.

    The usual difference is pulled towards none, its spread towards 500 kg, by five weighings: an
    honest party's declarations may be off by the same amount every time.
    """
    every = weighed + _PRIOR_PEERS
    mean = summed / every
    spread = (squared + _PRIOR_WEIGHT_VARIANCE * _PRIOR_PEERS) / every - mean * mean
    return (value - mean) / np.sqrt(np.maximum(spread, 0.0) + _LEAST_WEIGHT_VARIANCE)


def rarity(pair: Floats, whole: Floats) -> Floats:
    """Share of the whole that the pair makes up, (pair + 1/2) / (whole + 1).

    Half an event more on each side (Krichevsky and Trofimov, 1981): a pair unseen among many is
    rarer than a pair unseen among few.
    """
    return (pair + 0.5) / (whole + 1.0)


def novelty(ever: Floats) -> Floats:
    """1 where it was never seen before."""
    return 1.0 - ever


def times_usual(value: Floats, events: Floats, summed: Floats) -> Floats:
    """The value beside the mean of earlier events; NaN without any."""
    return np.where(summed > 0, value * events / summed, np.nan)


def beyond_usual(value: Floats, events: Floats, summed: Floats) -> Floats:
    """The value less the mean of earlier events; NaN without any."""
    return np.where(events > 0, value - summed / events, np.nan)


def mean(events: Floats, summed: Floats) -> Floats:
    """The mean of earlier events; NaN without any."""
    return np.where(events > 0, summed / events, np.nan)


def mean_thousandth(events: Floats, summed: Floats) -> Floats:
    """The mean of earlier events, a fixed-point thousandth as its number."""
    return mean(events, summed) / 1000.0


def hourly_traffic(in_this_hour: Floats, in_all: Floats) -> Floats:
    """How busy an hour of the week is beside the average hour: 1 is average.

    Pulled towards 1 by one event an hour.
    """
    return (in_this_hour + 1.0) * _HOURS_A_WEEK / (in_all + _HOURS_A_WEEK)


def undeclared_mass(
    on_weighbridge_kg: Floats, linked: Floats, declarations: Floats, declared_g: Floats
) -> Floats:
    """Kilograms on the weighbridge beyond what the linked declaration says.

    NaN unless exactly one declaration is linked and known: several would have to be added up.
    """
    one = (linked == 1) & (declarations > 0)
    return np.where(one, on_weighbridge_kg - declared_g / declarations / 1000.0, np.nan)
