"""All movements of some days, one entry each however often they were amended, as estimates need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from features.measures import SILENT_RESULTS
from features.spec import Floats, Integers
from training.labels import Flags, Labels
from training.policy_value.logged import Logged


@dataclass(frozen=True)
class Recorded:
    """What was recorded of m movements, from n rows: one a version, in the order they became known.

    Attributes:
        movement: Which movement each row belongs to (n,).
        counts: Whether a row was known before its movement's outcome (n,): later versions have
            read the outcome, and may not speak of what would have been selected.
        last: The last row of each movement that counts (m,).
        propensity: Probability of an outcome (m,): that of being selected, as recorded, times
            `spoken`; NaN where not known or not inspected.
        inspected: Whether an inspection has said something (m,).
        hit: Whether it was a hit (m,).
        random: Whether chance named it (m,); known of inspected movements alone.
        spoken: Of the movements inspected with a known propensity, the share whose inspection said
            something. Silence is taken to fall on all alike.
    """

    movement: Integers
    counts: Flags
    last: Integers
    propensity: Floats
    inspected: Flags
    hit: Flags
    random: Flags
    spoken: float

    def highest(self, scores: Floats) -> Floats:
        """Scores (m,) of movements from those of rows (n,): amending never lowers one."""
        highest = np.full(len(self.last), -np.inf)
        np.maximum.at(highest, self.movement[self.counts], scores[self.counts])
        return highest

    def logged(self, margins: Mapping[str, Floats]) -> Logged:
        """The same as estimates read it; margins (m,), the first of which outcomes regress on."""
        return Logged(self.propensity, self.inspected, self.hit, margins, random=self.random)


def recorded(
    movements: pa.Table, labels: Labels, *, outcomes: pd.DataFrame, until_u: int
) -> Recorded:
    """Movements with what inspections have said of them.

    Args:
        movements: Rows (n,) of some days: `u`, `source_system` and `source_record_id` are read.
        labels: Their labels (n,), as known at the same moment.
        outcomes: What `training.labels.read_outcomes` gives, for inspections that said nothing.
        until_u: The moment.
    """
    identity = movements.select(["source_system", "source_record_id"]).to_pandas()
    place = identity.groupby(list(identity.columns), sort=False).ngroup().to_numpy()
    u = movements["u"].to_numpy()
    many = int(place.max()) + 1 if len(place) else 0
    searched = np.flatnonzero(labels.searched)
    # Of several labelled versions the first was selected; written last, it stands.
    first = np.full(many, -1)
    first[place[searched[::-1]]] = searched[::-1]
    inspected = first >= 0
    of_first = first[inspected]
    told_at = np.full(many, np.iinfo(np.int64).max)
    told_at[inspected] = labels.known_at[of_first]
    counts = u < told_at[place]
    last = np.zeros(many, dtype=np.int64)
    last[place[counts]] = np.flatnonzero(counts)
    hit = np.zeros(many, dtype=bool)
    hit[place[searched]] |= labels.hit[searched]
    np.logical_or.at(hit, place[searched], labels.hit[searched])
    selected_with = np.full(many, np.nan)
    selected_with[inspected] = labels.propensity[of_first]
    random = np.zeros(many, dtype=bool)
    random[inspected] = labels.reason[of_first] == "random"
    spoken = _spoken(selected_with, u[~inspected[place]], outcomes, until_u)
    return Recorded(
        movement=place.astype(np.int64),
        counts=counts,
        last=last,
        propensity=selected_with * spoken,
        inspected=inspected,
        hit=hit,
        random=random,
        spoken=spoken,
    )


def labels_of(labels: Labels, rows: Integers) -> Labels:
    """The labels of some rows."""
    return Labels(**{name: values[rows] for name, values in vars(labels).items()})


def _spoken(
    selected_with: Floats, untold_u: Integers, outcomes: pd.DataFrame, until_u: int
) -> float:
    """Which share of the inspections with a known propensity has said something."""
    known = outcomes[outcomes["u"] < until_u]
    taken_back = known.loc[known["takes_back"].notna(), "takes_back"]
    silent = known[
        known["takes_back"].isna()
        & ~known["u"].isin(taken_back)
        & known["result"].isin(SILENT_RESULTS)
        & known["selection_propensity"].notna()
        & known["movement_u"].isin(untold_u)
    ]
    said = int((~np.isnan(selected_with)).sum())
    nothing = int(silent["movement_u"].nunique())
    return said / (said + nothing) if said else 1.0
