"""What a model may learn from, and what it is measured on: past, then future, never mixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd

from features.spec import Integers
from training.errors import NothingToLearn
from training.labels import Flags, Labels, labels_as_of
from training.maturity import maturity_days, outcome_delays
from training.params import SplitParams

_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Cuts:
    """The two moments that part the movements, in microseconds since 1970 UTC.

    Attributes:
        valid_from: Training ends before it.
        test_from: Validation ends before it.
        embargo: Width of the gap left before each, in microseconds.
    """

    valid_from: int
    test_from: int
    embargo: int


@dataclass(frozen=True)
class Part:
    """One part of the split.

    Attributes:
        within: Movements of the part (n,), inspected or not.
        labels: Their labels as known when the part ends (n,).
    """

    within: Flags
    labels: Labels

    @property
    def rows(self) -> Integers:
        """Movements of the part that have a label."""
        return np.flatnonzero(self.within & self.labels.searched)


@dataclass(frozen=True)
class Split:
    """Movements parted by the time of the event.

    Attributes:
        past: All that lies before the test and its gap, for the last fit: `train`, `valid`, and
            the gap between them, labels as known when the test begins.
    """

    train: Part
    valid: Part
    test: Part
    past: Part
    cuts: Cuts


def cuts_of(
    event_at: Integers,
    params: SplitParams,
    *,
    movement_u: Integers | None = None,
    outcomes: pd.DataFrame | None = None,
) -> Cuts:
    """Where the parts end, for the times of the movements (n,).

    Args:
        event_at: The times, microseconds since 1970 UTC.
        params: Dates or days; an embargo that is "measured" is the time in which `matured_share` of
            the outcomes known before the test have become known.
        movement_u: u of the movements (n,), growing; needed where the embargo is measured.
        outcomes: What `training.labels.read_outcomes` gives; likewise.

    Raises:
        NothingToLearn: if there are no movements, or none before validation begins.
    """
    if not len(event_at):
        raise NothingToLearn("There are no movements to learn from; import some first.")
    if params.valid_from and params.test_from:
        valid_from, test_from = _midnight(params.valid_from), _midnight(params.test_from)
    else:
        end = (int(event_at.max()) // _DAY + 1) * _DAY
        test_from = end - (params.test_days or 0) * _DAY
        valid_from = test_from - (params.valid_days or 0) * _DAY
    embargo = embargo_of(
        event_at, params, movement_u=movement_u, outcomes=outcomes, until_u=test_from
    )
    if not (event_at < valid_from - embargo).any():
        raise NothingToLearn(
            f"No movement lies before {_written(valid_from - embargo)}, where training would end; "
            "shorten valid_days and test_days, or import more history."
        )
    return Cuts(valid_from, test_from, embargo)


def embargo_of(
    event_at: Integers,
    params: SplitParams,
    *,
    movement_u: Integers | None,
    outcomes: pd.DataFrame | None,
    until_u: int,
) -> int:
    """The gap before a cut, in microseconds, given or measured on the outcomes known by a moment.

    Raises:
        NothingToLearn: if it is to be measured and there are no outcomes to measure it on.
    """
    if isinstance(params.embargo_days, int):
        return params.embargo_days * _DAY
    if movement_u is None or outcomes is None:
        raise NothingToLearn("An embargo cannot be measured without outcomes; give embargo_days.")
    made = outcome_delays(outcomes, movement_u, event_at, until_u=until_u)
    return maturity_days(made, params.matured_share) * _DAY


def split(
    movement_u: Integers,
    event_at: Integers,
    *,
    outcomes: pd.DataFrame,
    target: Sequence[str],
    cuts: Cuts,
    detection: Mapping[str, float] | None = None,
) -> Split:
    """Part movements, each part with what was known of it when it ended.

    Args:
        movement_u: u of the movements (n,).
        event_at: Their times (n,), microseconds since 1970 UTC.
        outcomes: What `training.labels.read_outcomes` gives.
        target: Results that count as a hit.
        cuts: Where the parts end.
        detection: As of `training.labels.labels_as_of`.
    """

    def known(until_u: int) -> Labels:
        return labels_as_of(
            outcomes, movement_u, target=target, until_u=until_u, detection=detection
        )

    at_test, before_test = known(cuts.test_from), event_at < cuts.test_from - cuts.embargo
    return Split(
        train=Part(event_at < cuts.valid_from - cuts.embargo, known(cuts.valid_from)),
        valid=Part((event_at >= cuts.valid_from) & before_test, at_test),
        test=Part(event_at >= cuts.test_from, known(np.iinfo(np.int64).max)),
        past=Part(before_test, at_test),
        cuts=cuts,
    )


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


def _written(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1e6, UTC).date().isoformat()
