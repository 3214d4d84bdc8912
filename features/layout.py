"""What is kept for a kind of key: the measures and windows its features read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from features.keys import POPULATION_KEYS
from features.spec import Feature


@dataclass(frozen=True)
class Layout:
    """The measures and windows kept for one kind of key.

    Attributes:
        key: The kind of key.
        measures: Names of the measures summed, in the order they are stored.
        windows: Lengths of the windows in days, ascending.
        features: The features read from it, in the order they are read.
        closed_days_only: Population keys show nothing of today.
    """

    key: str
    measures: tuple[str, ...]
    windows: tuple[int, ...]
    features: tuple[Feature, ...]
    closed_days_only: bool

    @property
    def longest(self) -> int:
        """Days a tile must be kept for."""
        return self.windows[-1] if self.windows else 0


def layouts_of(
    features: Iterable[Feature], *, population: tuple[str, ...] = POPULATION_KEYS
) -> dict[str, Layout]:
    """One layout for each kind of key that the features read, by kind of key.

    Raises:
        ValueError: if a "first" has another window than the longest of its key: its state
            keeps one first day for each measure.
    """
    by_key: dict[str, set[Feature]] = {}
    for feature in features:
        by_key.setdefault(feature.key, set()).add(feature)
    for wanted in by_key.values():
        longest = max(f.days for f in wanted)
        for feature in wanted:
            if feature.aggregate == "first" and feature.days != longest:
                msg = f"{feature.name} needs the longest window of its key, {longest} days."
                raise ValueError(msg)
    return {
        key: Layout(
            key=key,
            measures=tuple(sorted({f.measure for f in wanted})),
            windows=tuple(sorted({f.days for f in wanted if f.aggregate != "ever"})),
            features=tuple(sorted(wanted)),
            closed_days_only=key in population,
        )
        for key, wanted in sorted(by_key.items())
    }
