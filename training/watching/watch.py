"""What became of one served head since it was trained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from features.registry import FeatureSet
from models.risk_model import RiskModel
from training.errors import NothingToWatch
from training.params import WatchParams
from training.watching.drift import Drift
from training.watching.drifted import ScoreDrift, column_drifts, score_drifts, sentence
from training.watching.finds import Inspected, day_of, inspected
from training.watching.months import Month, maturity_days, months_of
from training.watching.posts import PostVolume, post_volumes
from training.watching.scored import DAY, Scored, Span, scored


@dataclass(frozen=True, eq=False)
class HeadWatch:
    """A head, watched.

    Attributes:
        head: Its name, such as crossing-smuggling; `version` of its card.
        subject: consignment or crossing; `risk` is what it looks for.
        reference: First and last day of what it is compared with.
        watched: First and last day that is watched.
        months: Figures of each month, and of all as the last.
        maturity_days: Days by which the asked share of outcomes is known; None: not known yet.
        columns: Every column's drift, the farthest first; `sentences` by column.
        score: The score's drift by month, and of all as the last.
        inspected: Its inspected movements, and what was expected of them.
        posts: Volumes by post.
    """

    head: str
    subject: str
    risk: str
    version: str
    reference: tuple[date, date]
    watched: tuple[date, date]
    months: tuple[Month, ...]
    maturity_days: float | None
    columns: tuple[Drift, ...]
    sentences: dict[str, str]
    score: tuple[ScoreDrift, ...]
    inspected: Inspected
    posts: tuple[PostVolume, ...]

    @property
    def whole(self) -> Month:
        """Figures of all that is watched."""
        return self.months[-1]


def watch_head(
    head: RiskModel,
    movements: pa.Table,
    outcomes: pd.DataFrame,
    *,
    features: FeatureSet,
    span: Span,
    params: WatchParams,
) -> HeadWatch:
    """Everything that is watched of a head; arguments as of `scored`.

    Raises:
        NothingToWatch: if there are no movements in the reference or since.
        ColumnsDifferError: if the head was trained on other columns.
    """
    made = scored(head, movements, outcomes, features=features, span=span)
    months = months_of(made, until=span.until)
    columns = column_drifts(made)
    return HeadWatch(
        head=head.card.name,
        subject=head.card.subject,
        risk=head.card.risk,
        version=head.card.version,
        reference=(_first_day(made, ~made.watched), day_of(span.since // DAY - 1)),
        watched=(day_of(span.since // DAY), day_of((span.until - 1) // DAY)),
        months=tuple(months),
        maturity_days=maturity_days(months[-1].delays, known_share=params.known_share),
        columns=tuple(columns),
        sentences={of.column: sentence(made, of) for of in columns},
        score=tuple(score_drifts(made)),
        inspected=inspected(made, span),
        posts=tuple(post_volumes(made, span)),
    )


def span_of(head: RiskModel, *, since: date | None, until: int, params: WatchParams) -> Span:
    """The reference and the time that is watched.

    Args:
        head: Its training ends the reference, unless `since` does.
        since: First day that is watched, None for the day after the last it was trained on.
        until: Moment after everything that is looked at.
        params: How long a reference is at most.

    Raises:
        NothingToWatch: if nothing lies between the two.
    """
    trained_to = datetime.fromisoformat(head.card.trained_to)
    day = since or trained_to.date() + timedelta(days=1)
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000
    if start >= until:
        raise NothingToWatch(
            f"{head.card.name} is watched from {day} on, and the records end before that; import "
            "what has happened since, or choose an earlier --since."
        )
    return Span(start - params.reference_days * DAY, start, until)


def _first_day(made: Scored, within: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> date:
    return day_of(int(made.event_at[within].min()) // DAY)
