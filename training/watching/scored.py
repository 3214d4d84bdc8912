"""Movements of a served head as the watch reads them: scores, abstentions, outcomes, distributions.

Rows are read in batches, so that memory does not grow with the ledger: of columns only counts
remain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.measures import SILENT_RESULTS
from features.registry import FeatureSet
from features.spec import Floats, Integers
from features.table import matrix
from models.errors import HeadRefusedError
from models.risk_model import RiskModel
from training.errors import NothingToWatch
from training.labels import Flags, Labels, labels_as_of
from training.watching.drift import Bins, bins_of

DAY = 86_400_000_000  # microseconds

#: The name under which the score's own distribution is kept beside the columns'.
SCORE = "score"

_BATCH = 20_000
_SAMPLE = 20_000


@dataclass(frozen=True)
class Span:
    """What is compared with what, in microseconds since 1970 UTC.

    Attributes:
        reference_from: The reference begins with the first movement at or after it,
        since: and ends before it: from here on the head is watched.
        until: Nothing that happened or became known from here on is looked at.
    """

    reference_from: int
    since: int
    until: int


@dataclass(frozen=True, eq=False)
class Scored:
    """A head's n movements of the reference and since, in order of time.

    Attributes:
        event_at: Their times (n,), microseconds.
        watched: Whether each lies in the time that is watched (n,), not in the reference.
        month: Of each (n,), as 2026-05.
        post: Where each was (n,).
        probability: Calibrated (n,); told also where the head abstains.
        abstained: Whether it does (n,).
        labels: As known before the end.
        first_known_at: u at which the first outcome that says something became known (n,); 0
            where there is none.
        counts: By column, and `SCORE`: counts of the reference ("") and of each watched month,
            with the whole of them as "all".
    """

    event_at: Integers
    watched: Flags
    month: NDArray[np.object_]
    post: NDArray[np.object_]
    probability: Floats
    abstained: Flags
    labels: Labels
    first_known_at: Integers
    counts: Mapping[str, Mapping[str, Integers]]


def scored(
    head: RiskModel,
    movements: pa.Table,
    outcomes: pd.DataFrame,
    *,
    features: FeatureSet,
    span: Span,
) -> Scored:
    """Score a head's movements of the reference and of the time that is watched.

    Args:
        head: The head that serves.
        movements: Integers of its subject's movements (`features.table.integer_table`).
        outcomes: Outcomes of inspections (`training.labels.read_outcomes`).
        features: The features the movements were made with.
        span: What is compared with what.

    Raises:
        NothingToWatch: if there are no movements in one of the two.
        HeadRefusedError: if the head was trained on other features.
    """
    all_at = movements["event_at"].to_numpy()
    rows = np.flatnonzero((all_at >= span.reference_from) & (all_at < span.until))
    rows = rows[np.argsort(all_at[rows], kind="stable")]
    event_at = all_at[rows]
    watched = event_at >= span.since
    name = head.card.name
    if watched.all() or not watched.any():
        raise NothingToWatch(
            f"{name}: there are {int(watched.sum()):,} movements to watch and "
            f"{int((~watched).sum()):,} of a reference to compare them with; choose --since within "
            "the time of the records, or import more."
        )
    if head.card.spec_sha256 != features.sha256:
        raise HeadRefusedError(
            f"{name} was trained on features {head.card.spec_sha256[:12]}…, but these records have "
            f"{features.sha256[:12]}…: train it anew."
        )
    columns = features.columns(head.card.subject, head.card.target_results)
    head.check_columns([column.name for column in columns])
    month = _months(event_at)
    period = np.where(watched, month, "")
    probability, abstained = np.empty(len(rows)), np.zeros(len(rows), dtype=bool)

    reference = rows[~watched]
    sample = reference[:: max(1, len(reference) // _SAMPLE)]
    X = matrix(movements.take(pa.array(sample)), columns)
    categorical = [column.categorical for column in head.card.columns]
    bins = [bins_of(X[:, j], categorical=categorical[j]) for j in range(X.shape[1])]
    bins.append(bins_of(head.probabilities(head.margins(X)), categorical=False))
    names = [*head.card.column_names, SCORE]
    counts: dict[str, dict[str, Integers]] = {column: {} for column in names}
    for start in range(0, len(rows), _BATCH):
        batch = slice(start, start + _BATCH)
        X = matrix(movements.take(pa.array(rows[batch])), columns)
        probability[batch] = head.probabilities(head.margins(X))
        abstained[batch] = [problem is not None for problem in head.support_problems(X)]
        values = np.column_stack([X, probability[batch]])
        for of in np.unique(period[batch]).tolist():
            _count(values[period[batch] == of], of, names, bins, counts)
    for by_period in counts.values():
        by_period["all"] = np.sum([c for of, c in by_period.items() if of], axis=0)

    u = movements["u"].to_numpy()[rows]
    labels = labels_as_of(outcomes, u, target=head.card.target_results, until_u=span.until)
    return Scored(
        event_at=event_at,
        watched=watched,
        month=month,
        post=movements["owner_post"].to_numpy()[rows],
        probability=probability,
        abstained=abstained,
        labels=labels,
        first_known_at=_first_known(outcomes, u, until_u=span.until),
        counts=counts,
    )


def _count(
    values: Floats,
    period: str,
    names: Sequence[str],
    bins: Sequence[Bins],
    counts: Mapping[str, dict[str, Integers]],
) -> None:
    for j, name in enumerate(names):
        found = bins[j].counts(values[:, j])
        before = counts[name].get(period)
        counts[name][period] = found if before is None else before + found


def _first_known(outcomes: pd.DataFrame, movement_u: Integers, *, until_u: int) -> Integers:
    """When the first outcome that says something was known (n,), as u; 0 where there is none."""
    said = outcomes[
        (outcomes["u"] < until_u)
        & outcomes["movement_u"].notna()
        & outcomes["result"].notna()
        & ~outcomes["result"].isin(SILENT_RESULTS)
    ]
    first = said.groupby(said["movement_u"].astype(np.int64))["u"].min()
    return first.reindex(movement_u).fillna(0).to_numpy(dtype=np.int64)


def _months(event_at: Integers) -> NDArray[np.object_]:
    months = event_at.astype("datetime64[us]").astype("datetime64[M]")
    return np.datetime_as_string(months).astype(object)
