"""From integers to the numbers a model reads: one definition for the service and for training.

Only + - x / and sqrt: exp and log differ between CPUs in the last bit, these do not (IEEE 754
requires them correctly rounded). All functions work elementwise on float64 arrays (n,), where
NaN means "not known" and stays so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    floats: dict[str, Floats] = {}
    for column in columns:
        for name in column.input_names:
            if name not in floats:
                floats[name] = as_floats(integers[name])
    # A sum over no inspections divides by zero on purpose: the result is NaN, "not known".
    with np.errstate(divide="ignore", invalid="ignore"):
        made = [column.finish(*(floats[n] for n in column.input_names)) for column in columns]
    return np.column_stack(made)


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
