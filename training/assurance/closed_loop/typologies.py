"""What became of each way to carry: what was inspected of it, and what could have been.

Whether a rare typology "is still inspected" cannot be told by counting: with 70 cases a year, of which
chance alone inspects 6 in 1,000, none is inspected in two years of three though each could have been.
The propensities are exact, so they are asked instead. A typology is

- insufficient with fewer than 50 cases: named, not judged;
- lost where none of its cases was within reach, that is, could have been inspected;
- scarce where they were, yet so seldom that a year without any inspection is no surprise;
- still inspected otherwise.

With the random share nothing is ever lost, whatever heads do: that says only that the share is in
force. What the share is worth is said by what is scarce.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.assurance.closed_loop.journal import RISKS
from training.labels import Flags
from training.scenario.typologies import NAMES
from training.shares import wilson

#: Fewer cases of a typology than this are named and not judged, as groups are everywhere else. Of 50
#: of which none is within reach, surely less than a tenth of all are.
LEAST_TYPOLOGY_CASES = 50


#: With fewer expected inspections a year without any has a probability above 5 % (exp(-3)).
LEAST_EXPECTED = 3.0


@dataclass(frozen=True)
class Typology:
    """A typology in one year, of the office's own accord.

    Attributes:
        carried: Movements that carried by it.
        inspected: Of these, inspected of the office's own accord; `by_any`: inspected at all.
        expected: How many of these were to be expected, given how the office ranked: the sum of
            their propensities.
        within_reach: Of these, with a probability of being inspected above 0.
        by_chance: How many chance alone was to inspect.
    """

    carried: int
    inspected: int
    by_any: int
    expected: float
    within_reach: int
    by_chance: float

    @property
    def too_few(self) -> bool:
        """Whether there were too few cases to say anything."""
        return self.carried < LEAST_TYPOLOGY_CASES

    @property
    def lost(self) -> bool:
        """Whether it was out of sight: not one of its cases could have been inspected."""
        return not self.too_few and not self.within_reach

    @property
    def scarce(self) -> bool:
        """Whether its cases were within reach, and too seldom to rely on one being inspected."""
        return not self.too_few and self.within_reach > 0 and self.expected < LEAST_EXPECTED

    def neglected(self, capacity: float) -> bool:
        """Whether it was surely inspected less than if all of that capacity went to chance."""
        return not self.too_few and wilson(self.inspected, self.carried).high < capacity


def by_typology(rows: pd.DataFrame, own: Flags) -> dict[str, Typology]:
    """Every typology in these rows (n,) of a `years.frame`, by name.

    Args:
        rows: The movements.
        own: Which (n,) were inspected of the office's own accord.
    """
    propensity = rows["propensity"].to_numpy(dtype=np.float64)
    chance = least_propensity(rows)
    of: dict[str, list[float]] = {name: [0.0] * 5 for name in NAMES if name}
    for risk in RISKS:
        code = rows[f"typology_{risk}"].to_numpy()
        carried = code > 0
        told = (
            np.ones(len(rows)), own, rows["reason"].to_numpy() >= 0, propensity, propensity > 0,
        )  # fmt: skip
        for place, weight in enumerate(told):
            sums = np.bincount(code[carried], weights=weight[carried], minlength=len(NAMES))
            for k, name in enumerate(NAMES):
                if name:
                    of[name][place] += float(sums[k])
    return {
        name: Typology(
            carried=round(carried),
            inspected=round(inspected),
            by_any=round(by_any),
            expected=expected,
            within_reach=round(reached),
            by_chance=chance * carried,
        )
        for name, (carried, inspected, by_any, expected, reached) in of.items()
    }


def least_propensity(rows: pd.DataFrame) -> float:
    """The probability with which any movement could be inspected, whatever it was like."""
    return float(rows["propensity"].min())


def pooled(years: Sequence[Mapping[str, Typology]]) -> dict[str, Typology]:
    """The sums over several offices, by name."""
    return {
        name: Typology(
            carried=sum(year[name].carried for year in years),
            inspected=sum(year[name].inspected for year in years),
            by_any=sum(year[name].by_any for year in years),
            expected=sum(year[name].expected for year in years),
            within_reach=sum(year[name].within_reach for year in years),
            by_chance=sum(year[name].by_chance for year in years),
        )
        for name in years[0]
    }
