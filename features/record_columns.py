"""What every movement's record says itself, and how a column of it is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from features import finish
from features.keys import Body
from features.sources import reads
from features.spec import Column, Family, Floats


def record_column(
    name: str,
    sentence: str,
    *,
    unit: str = "",
    reason: str,
    inputs: Iterable[str] | None = None,
    made: Callable[..., Floats] = finish.unchanged,
    categorical: bool = False,
    family: Family = "record",
    missing: str = "not declared",
) -> Column:
    """A column made of row integers; by default of the one it is named after, unchanged."""
    return Column(
        name=name,
        sentence=sentence,
        unit=unit,
        reason=reason,
        inputs=tuple(inputs or (name,)),
        finish=made,
        categorical=categorical,
        family=family,
        missing=missing,
    )


@reads("event_at")
def hour(body: Body) -> int:
    """Hour of the event, UTC."""
    return _utc(body["event_at"]).hour


@reads("event_at")
def weekday(body: Body) -> int:
    """Weekday of the event, UTC, Monday 0."""
    return _utc(body["event_at"]).weekday()


@reads("quality_flags")
def quality_flags(body: Body) -> int:
    """Number of doubts about the record's quality."""
    return len(body.get("quality_flags", ()))


def _utc(text: str) -> datetime:
    # The body keeps the zone it was sent in.
    return datetime.fromisoformat(text).astimezone(UTC)
