"""How a head does in each part of its work: by post, by mode or class, by band; small parts are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.crossing_rows import CLASSES
from features.spec import Floats, Integers
from models.card import BANDS, Card
from training.policy_value.figures import Estimate, precision
from training.policy_value.measuring import Measuring

#: Fewer measuring movements than this say nothing of a group.
LEAST_MOVEMENTS = 50

#: EUCDM code list 018, mode of transport at the border.
_MODES = {1: "sea", 2: "rail", 3: "road", 4: "air", 5: "post", 7: "fixed installation",
          8: "inland waterway", 9: "own propulsion"}  # fmt: skip

Names = NDArray[np.object_]


@dataclass(frozen=True)
class Group:
    """Figures of one group of movements.

    Attributes:
        kind: What groups: post, mode of transport, vehicle class, or band.
        name: Which of them.
        movements: Movements of the group, inspected or not.
        inspected: Those that measure.
        hits: Hits among these.
        mean_probability: What the head says of them on average.
        selected: How many the head would select at the capacity.
        hit_rate: Share of the group that are hits.
        precision: Share of hits among the selected of the group; None where none is selected.
        sufficient: Whether enough movements and effective hits back the hit rate.
    """

    kind: str
    name: str
    movements: int
    inspected: int
    hits: int
    mean_probability: float
    selected: float
    hit_rate: Estimate
    precision: Estimate | None
    sufficient: bool


def grouped(
    made: Measuring, probability: Floats, selection: Floats, groups: Mapping[str, Names]
) -> tuple[Group, ...]:
    """Every group there is, the large ones first; none is left out for being small.

    Args:
        made: The rows that measure, of m movements.
        probability: What the head says of each movement (m,).
        selection: Probabilities (m,) with which it would select each.
        groups: By what to group, and the group of each movement (m,).
    """
    return tuple(
        _group(made, probability, selection, kind, str(name), of == name)
        for kind, of in groups.items()
        for name in _largest_first(of)
    )


def groups_of(movements: pa.Table, bands: Integers) -> dict[str, Names]:
    """The groups of movements (m,), by what the table knows of them.

    Args:
        movements: One row each.
        bands: The place of each one's band (m,), as `band_places` gives it.
    """
    groups: dict[str, Names] = {}
    if "owner_post" in movements.column_names:
        posts = movements["owner_post"].to_pandas().fillna("unknown")
        groups["post"] = posts.to_numpy(dtype=object)
    if "mode_of_transport" in movements.column_names:
        codes = movements["mode_of_transport"].to_numpy()
        groups["mode of transport"] = _named(codes, _MODES)
    if "vehicle_class" in movements.column_names:
        codes = movements["vehicle_class"].to_numpy()
        groups["vehicle class"] = _named(codes, dict(enumerate(CLASSES)))
    groups["band"] = _named(bands, dict(enumerate(b.replace("_", " ") for b in BANDS)))
    return groups


def band_places(card: Card, probability: Floats) -> Integers:
    """The band of each probability (m,), by its place from low to very high."""
    lowers = np.array([lower for _, lower in card.bands])
    return np.asarray(np.searchsorted(lowers, probability, side="right") - 1, dtype=np.int64)


def _group(
    made: Measuring,
    probability: Floats,
    selection: Floats,
    kind: str,
    name: str,
    inside: NDArray[np.bool_],
) -> Group:
    chosen = selection * inside
    # The share of hits among a group is the precision of selecting all of it.
    rate = precision(made, inside.astype(np.float64))
    return Group(
        kind=kind,
        name=name,
        movements=int(inside.sum()),
        inspected=rate.rows,
        hits=rate.hits,
        mean_probability=float(probability[inside].mean()),
        selected=float(chosen.sum()),
        hit_rate=rate,
        precision=precision(made, chosen) if chosen.any() else None,
        sufficient=rate.rows >= LEAST_MOVEMENTS and rate.sufficient,
    )


def _largest_first(of: Names) -> Sequence[object]:
    names, counts = np.unique(of.astype(str), return_counts=True)
    return [names[i] for i in np.lexsort((names, -counts))]


def _named(codes: Integers, names: Mapping[int, str]) -> Names:
    told = {code: names.get(int(code), "unknown") for code in np.unique(codes[codes == codes])}
    return np.array([told.get(code, "unknown") for code in codes.tolist()], dtype=object)
