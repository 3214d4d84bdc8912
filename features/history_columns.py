"""Columns about a key's past, made the same way for every key that has one."""

from __future__ import annotations

from features import finish
from features.spec import Column, Feature

#: Days a ledger looks back for rates and volumes.
YEAR = 365

Results = tuple[str, ...]


def volume(key: str, who: str, *, days: int, measure: str = "declarations") -> Column:
    """How many movements shared the key in a window."""
    return Column(
        name=f"{key}_{measure}_{days}d",
        sentence=f"{who}: {{value}} in the last {days} days",
        unit=measure,
        reason=f"{key}_volume",
        inputs=(Feature(key, measure, "sum", days),),
        finish=finish.unchanged,
    )


def since_seen(key: str, who: str, *, measure: str = "declarations") -> Column:
    """How long ago the key was last seen."""
    return Column(
        name=f"days_since_{key}_{measure}",
        sentence=f"{who}: last seen {{value}} ago",
        unit="days",
        reason=f"{key}_volume",
        inputs=(Feature(key, measure, "last", YEAR), "today"),
        finish=finish.days_since,
    )


def inspected(key: str, who: str) -> Column:
    """How often movements with the key were inspected."""
    return Column(
        name=f"{key}_inspected_{YEAR}d",
        sentence=f"{who}: inspected {{value}} in the last {YEAR} days",
        unit="times",
        reason=f"{key}_inspections",
        inputs=(Feature(key, "inspected", "sum", YEAR),),
        finish=finish.unchanged,
    )


def clean(key: str, who: str) -> Column:
    """How many inspections of the key found nothing."""
    return Column(
        name=f"{key}_clean_{YEAR}d",
        sentence=f"{who}: {{value}} in the last {YEAR} days found nothing",
        unit="inspections",
        reason=f"{key}_inspections",
        inputs=(Feature(key, "clean", "sum", YEAR),),
        finish=finish.unchanged,
    )


def finds(key: str, who: str, results: Results, *, days: int = YEAR) -> Column:
    """How many inspections of the key found what the risk is about."""
    return Column(
        name=f"{key}_finds_{days}d",
        sentence=f"{who}: {{value}} in the last {days} days",
        unit="finds",
        reason=f"{key}_inspections",
        inputs=_finds(key, results, days),
        finish=finish.total,
        field_role=False,
    )


def find_share(key: str, who: str, results: Results) -> Column:
    """Share of the key's inspections with a find, pulled towards everybody's."""
    return Column(
        name=f"{key}_find_share_{YEAR}d",
        sentence=f"{who}: finds expected in {{value}} of inspections, by the last {YEAR} days",
        unit="share",
        reason=f"{key}_inspections",
        inputs=(
            Feature(key, "inspected", "sum", YEAR),
            Feature("everything", "inspected", "sum", YEAR),
            *_finds(key, results, YEAR),
            *_finds("everything", results, YEAR),
        ),
        finish=finish.smoothed_find_share,
        direction=1,
        field_role=False,
    )


def incidents(key: str, who: str) -> Column:
    """How many police reports are linked to the key."""
    return Column(
        name=f"{key}_incidents_{YEAR}d",
        sentence=f"{who}: {{value}} linked to it in the last {YEAR} days",
        unit="reports",
        reason=f"{key}_incidents",
        inputs=(Feature(key, "incidents", "sum", YEAR),),
        finish=finish.unchanged,
        direction=1,
        field_role=False,
    )


def party(key: str, who: str, results: Results, *, measure: str = "declarations") -> list[Column]:
    """The columns every party or vehicle gets."""
    return [
        volume(key, who, days=30, measure=measure),
        volume(key, who, days=YEAR, measure=measure),
        since_seen(key, who, measure=measure),
        inspected(key, who),
        clean(key, who),
        finds(key, who, results),
        find_share(key, who, results),
    ]


def _finds(key: str, results: Results, days: int) -> tuple[Feature, ...]:
    return tuple(Feature(key, f"found_{result}", "sum", days) for result in results)
