"""What is known, as of a moment, about what movements turned out to be.

An inspection's outcome is a label of its movement from the moment it became known. A correction
removes the outcome it corrects. `not_searched` and `inconclusive` say nothing: they are no label,
and never a negative one. Nothing found is as much of a negative as the control was likely to find
what is there: a look at the papers says little, a full unload nearly all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as dataset
from numpy.typing import NDArray

from features.measures import SILENT_RESULTS
from features.spec import Floats, Integers

Flags = NDArray[np.bool_]

_INSPECTION = ["source_system", "source_record_id"]
_COLUMNS = [
    *("u", "movement_u", "takes_back", "result", "selection_reason", "selection_propensity"),
    "control_level",
    *_INSPECTION,
]


@dataclass(frozen=True)
class Labels:
    """What is known of n movements at one moment.

    Attributes:
        searched: Whether there is a label (n,).
        hit: Whether something the risk is about was found (n,); False where not searched.
        known_at: u at which the label was complete (n,); 0 where not searched.
        reason: Why the movement was first selected (n,); "" where not searched.
        propensity: Probability with which rules or chance selected it (n,), NaN if not known.
        detection: Probability (n,) that its inspections would have found what is there; 1 where no
            more is said of their levels, or nothing was searched.
    """

    searched: Flags
    hit: Flags
    known_at: Integers
    reason: NDArray[np.object_]
    propensity: Floats
    detection: Floats


def read_outcomes(folder: Path) -> pd.DataFrame:
    """Outcomes in an export of the ledger (`features.ledger.export`), one row an event, by u."""
    events = dataset.dataset(sorted(str(path) for path in folder.glob("events-*.parquet")))
    table = events.to_table(columns=_COLUMNS, filter=dataset.field("kind") == "inspection")
    return pd.DataFrame(table.to_pandas(integer_object_nulls=True)).sort_values("u")


def labels_as_of(
    outcomes: pd.DataFrame,
    movement_u: Integers,
    *,
    target: Sequence[str],
    until_u: int,
    detection: Mapping[str, float] | None = None,
) -> Labels:
    """The standing labels of movements, as known strictly before a moment.

    Of several inspections of one movement a find wins over nothing found. The first of them, even
    one that said nothing, tells why the movement was selected; a correction keeps the place of the
    inspection it corrects.

    Args:
        outcomes: What `read_outcomes` gives.
        movement_u: u of the movements asked about (n,).
        target: Results that count as a hit.
        until_u: The moment.
        detection: By level of control the probability to find what is there; levels that are not
            named find everything.
    """
    known = outcomes[outcomes["u"] < until_u]
    taken_back = known.loc[known["takes_back"].notna(), "takes_back"]
    versions = known[known["takes_back"].isna()]
    begun_u = versions.groupby(_INSPECTION)["u"].transform("min")
    standing = versions.assign(begun_u=begun_u)[
        versions["movement_u"].notna() & ~versions["u"].isin(taken_back)
    ]
    standing = standing.assign(
        movement_u=standing["movement_u"].astype(np.int64),
        hit=standing["result"].isin(list(target)),
        selection_propensity=standing["selection_propensity"].astype(np.float64),
    )
    # The first inspection is the one that selected the movement; later ones follow from it. Its
    # propensity may be missing, which `first()` would skip over.
    first = standing.sort_values("begun_u").drop_duplicates("movement_u").set_index("movement_u")
    each = standing[~standing["result"].isin(SILENT_RESULTS)].groupby("movement_u", sort=True)
    hit = each["hit"].any().reindex(movement_u)
    last_u = each["u"].max().reindex(movement_u)
    first = first[first.index.isin(hit.index[hit.notna()])].reindex(movement_u)
    detected = _detection(standing, detection or {})
    return Labels(
        searched=hit.notna().to_numpy(),
        hit=hit.eq(True).to_numpy(dtype=bool),
        known_at=last_u.fillna(0).to_numpy(dtype=np.int64),
        reason=first["selection_reason"].fillna("").to_numpy(dtype=object),
        propensity=first["selection_propensity"].to_numpy(dtype=np.float64),
        detection=np.asarray(detected.reindex(movement_u).fillna(1.0), dtype=np.float64),
    )


def _detection(standing: pd.DataFrame, by_level: Mapping[str, float]) -> pd.Series[float]:
    """For each inspected movement the probability that one of its inspections finds what is there."""
    told = standing[~standing["result"].isin(SILENT_RESULTS)]
    if not by_level:
        return pd.Series(1.0, index=pd.Index(told["movement_u"].unique()))
    missed = 1 - told["control_level"].map(dict(by_level)).fillna(1.0).astype(np.float64)
    return 1 - missed.groupby(told["movement_u"]).prod()
