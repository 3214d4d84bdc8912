"""Columns about a key's past, made the same way for every key that has one."""

from __future__ import annotations

from features import finish
from features.spec import Column, Feature

#: Days a ledger looks back for rates and volumes.
YEAR = 365
#: Days for what changes with the season and the roads.
QUARTER = 90
#: Days in which a declaration and its crossing meet.
JOURNEY = 30

Results = tuple[str, ...]

_UNKNOWN_KEY = "the record does not say who or which"
_NEVER_SEEN = "never seen in the window"


def volume(key: str, who: str, *, days: int, measure: str = "declarations") -> Column:
    """How many movements shared the key in a window."""
    return Column(
        name=f"{key}_{measure}_{days}d",
        sentence=f"{who}: {{value}} in the last {days} days",
        unit=measure,
        reason=f"{key}_volume",
        inputs=(Feature(key, measure, "sum", days),),
        finish=finish.unchanged,
        family="history",
        missing=_UNKNOWN_KEY,
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
        family="history",
        missing=_NEVER_SEEN,
    )


def known_for(key: str, who: str, *, measure: str = "declarations") -> Column:
    """How long ago the key was first seen, as far as the ledger looks back."""
    return Column(
        name=f"days_known_{key}",
        sentence=f"{who}: first seen {{value}} ago, as far as a year goes back",
        unit="days",
        reason=f"{key}_novelty",
        inputs=(Feature(key, measure, "first", YEAR), "today"),
        finish=finish.days_since,
        family="history",
        missing=_NEVER_SEEN,
    )


def never_seen(key: str, what: str, *, measure: str = "declarations") -> Column:
    """Whether the key is new altogether."""
    return Column(
        name=f"{key}_never_seen",
        sentence=f"{what} was never seen before",
        unit="",
        reason=f"{key}_novelty",
        inputs=(Feature(key, measure, "ever", 0),),
        finish=finish.novelty,
        family="history",
        missing=_UNKNOWN_KEY,
    )


def rarity(pair: str, whole: str, what: str, of: str, *, measure: str = "declarations") -> Column:
    """Share that one pair makes up among all with one side of it."""
    return Column(
        name=f"{pair}_share_{YEAR}d",
        sentence=f"{what} is {{value}} of {of} in the last {YEAR} days",
        unit="share",
        reason=f"{pair}_rarity",
        inputs=(Feature(pair, measure, "sum", YEAR), Feature(whole, measure, "sum", YEAR)),
        finish=finish.rarity,
        family="history",
        missing=_UNKNOWN_KEY,
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
        family="history",
        missing=_UNKNOWN_KEY,
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
        family="history",
        missing=_UNKNOWN_KEY,
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
        family="history",
        missing=_UNKNOWN_KEY,
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
        family="history",
        missing=_UNKNOWN_KEY,
    )


def random_find_share(key: str, where: str, results: Results, *, days: int) -> Column:
    """Share of the inspections drawn by chance with a find, pulled towards everybody's.

    Only chance shows how common finds are: what suspicion chose finds more wherever it looks.
    """
    return Column(
        name=f"{key}_random_find_share_{days}d",
        sentence=f"{where}: finds expected in {{value}} of inspections drawn by chance, "
        f"by the last {days} days",
        unit="share",
        reason=f"{key}_inspections",
        inputs=(
            Feature(key, "drawn_at_random", "sum", days),
            Feature("everything", "drawn_at_random", "sum", YEAR),
            *_finds(key, results, days, prefix="random_found"),
            *_finds("everything", results, YEAR, prefix="random_found"),
        ),
        finish=finish.smoothed_find_share,
        direction=1,
        field_role=False,
        family="history",
        missing=_UNKNOWN_KEY,
    )


def incidents(key: str, who: str, *, days: int = YEAR) -> Column:
    """How many police reports are linked to the key."""
    return Column(
        name=f"{key}_incidents_{days}d",
        sentence=f"{who}: {{value}} linked to it in the last {days} days",
        unit="reports",
        reason=f"{key}_incidents",
        inputs=(Feature(key, "incidents", "sum", days),),
        finish=finish.unchanged,
        direction=1,
        field_role=False,
        family="history",
        missing=_UNKNOWN_KEY,
    )


def party(key: str, who: str, results: Results, *, measure: str = "declarations") -> list[Column]:
    """The columns every party or vehicle gets."""
    return [
        volume(key, who, days=JOURNEY, measure=measure),
        volume(key, who, days=YEAR, measure=measure),
        since_seen(key, who, measure=measure),
        known_for(key, who, measure=measure),
        inspected(key, who),
        clean(key, who),
        finds(key, who, results),
        find_share(key, who, results),
    ]


def ledger_age(measure: str) -> Column:
    """How long the ledger has looked: a young one must not be mistaken for quiet firms."""
    return Column(
        name="days_observed",
        sentence="Records reach back {value}, as far as a year goes",
        unit="days",
        reason="days_observed",
        inputs=(Feature("everything", measure, "first", YEAR), "today"),
        finish=finish.days_since,
        family="history",
        missing="nothing was recorded before today",
    )


def _finds(key: str, results: Results, days: int, *, prefix: str = "found") -> tuple[Feature, ...]:
    return tuple(Feature(key, f"{prefix}_{result}", "sum", days) for result in results)
