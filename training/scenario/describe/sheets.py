"""What declarations and crossings show: goods, modes, and the signals of sampled movements."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from training.scenario.describe.files import Drawn, lines, moments, numeric, once, places
from training.scenario.describe.truth import Movements
from training.scenario.streams import Floats, Integers

_GOODS = (
    "entry_no", "version", "border_mode", "expected", "presented", "gross_kg", "packages", "items",
)  # fmt: skip
_CROSSINGS = (
    "passage_no", "passed_at", "plate", "weight_kg", "empty_kg", "load_kg", "seats_declared",
    "seats_counted",
)  # fmt: skip


@dataclass(frozen=True)
class Sheets:
    """What the files of movements show.

    Attributes:
        chapters: Declarations by chapter of the Harmonized System of their first item.
        modes: Declarations by mode of transport at the border, as EUCDM codes it.
        signals: For each signal its values (n,) over the sample; NaN where it does not apply.
    """

    chapters: Mapping[str, int]
    modes: Mapping[str, int]
    signals: Mapping[str, Floats]


def read_sheets(drawn: Drawn, sample: Movements) -> Sheets:
    """Reads `consignments.csv` and `crossings.csv` once each."""
    chapters, modes = Counter[str](), Counter[str]()
    signals = _goods(drawn, sample, chapters, modes) | _crossings(drawn, sample)
    return Sheets(chapters, modes, signals)


def _goods(
    drawn: Drawn, sample: Movements, chapters: Counter[str], modes: Counter[str]
) -> dict[str, Floats]:
    n = len(sample.at)
    late, mass, packages, value = (np.full(n, np.nan) for _ in range(4))
    heading = np.zeros(n, dtype=np.int64)
    before = pa.array([], pa.string())
    for piece in lines(drawn.folder / "consignments.csv", _GOODS):
        first = once(piece.filter(pc.equal(piece["version"], "1")), "entry_no")
        # A line is repeated soon after itself: in this piece or in the next.
        first = first.filter(pa.array(places(first["entry_no"], before) < 0))
        before = first["entry_no"].combine_chunks()
        chapter = pc.extract_regex(first["items"], r'"commodity_code":\s*"(?P<chapter>\d\d)\d*"')
        chapters.update(_counted(pc.struct_field(chapter, "chapter")))
        modes.update(_counted(first["border_mode"]))
        table = once(piece, "entry_no")
        place = places(table["entry_no"], sample.number)
        table, place = table.filter(pa.array(place >= 0)), place[place >= 0]
        expected, presented = moments(table["expected"]), moments(table["presented"])
        known = (expected >= 0) & (presented >= 0)
        late[place] = np.where(known, (presented - expected) / 3600, np.nan)
        mass[place], packages[place] = numeric(table["gross_kg"]), numeric(table["packages"])
        items = [_items(text) for text in table["items"].to_pylist()]
        heading[place] = [code for code, _ in items]
        value[place] = [worth for _, worth in items]
    with np.errstate(divide="ignore", invalid="ignore"):
        price, density = np.log2(value / mass), np.log2(mass / packages)
    peers = ~sample.arms & ~sample.people & (heading > 0)
    return {
        "hours_late": late,
        "price": price - _median_by(heading, price, peers),
        "mass_of_package": density - _median_by(heading, density, peers),
        "value_eur": value,
    }


def _crossings(drawn: Drawn, sample: Movements) -> dict[str, Floats]:
    n = len(sample.at)
    hour, since, beyond, passengers = (np.full(n, np.nan) for _ in range(4))
    seen = _LastSeen()
    for piece in lines(drawn.folder / "crossings.csv", _CROSSINGS):
        table = once(piece, "passage_no")
        at = moments(table["passed_at"])
        table, at = table.filter(pa.array(at >= 0)), at[at >= 0]
        hours = seen.hours_since(table["plate"], at)
        place = places(table["passage_no"], sample.number)
        here = place >= 0
        table, place = table.filter(pa.array(here)), place[here]
        hour[place] = at[here] / 3600 % 24
        # A line repeated in a later piece would find itself.
        since[place] = np.where(hours[here] > 0, hours[here], since[place])
        load = np.nan_to_num(numeric(table["load_kg"]))
        beyond[place] = numeric(table["weight_kg"]) - numeric(table["empty_kg"]) - load
        passengers[place] = numeric(table["seats_counted"]) - numeric(table["seats_declared"])
    return {
        "hour": hour,
        "hours_since": since,
        "kg_beyond": beyond,
        "passengers_beyond": passengers,
    }


class _LastSeen:
    """When each vehicle was last seen, for files that are read in pieces."""

    def __init__(self) -> None:
        self._vehicle = np.empty(0, dtype=np.uint64)
        self._at = np.empty(0, dtype=np.int64)

    def hours_since(self, plates: pa.ChunkedArray, at: Integers) -> Floats:
        """Hours (n,) since the vehicle's passage before; NaN where it was not seen before."""
        before = len(self._vehicle)
        texts = plates.to_numpy()
        vehicle = np.concatenate([self._vehicle, pd.util.hash_array(texts, categorize=False)])
        seen_at = np.concatenate([self._at, at])
        order = np.lexsort((seen_at, vehicle))
        same = vehicle[order[1:]] == vehicle[order[:-1]]
        hours = np.full(len(order), np.nan)
        hours[order[1:]] = np.where(same, np.diff(seen_at[order]) / 3600, np.nan)
        last = order[np.append(~same, True)] if len(order) else order
        self._vehicle, self._at = vehicle[last], seen_at[last]
        return hours[before:]


def _items(text: str) -> tuple[int, float]:
    """Heading (6 digits) and value in EUR of a declaration's items; 0 and NaN if unreadable."""
    try:
        items = json.loads(text)
        worth = sum(int(item["statistical_value_minor"]) for item in items) / 100
        return int(items[0]["commodity_code"][:6]), worth
    except (ValueError, KeyError, IndexError, TypeError):
        return 0, np.nan


def _median_by(group: Integers, values: Floats, peers: np.ndarray) -> Floats:
    """For each row (n,) the median of its group's peers; NaN where it has none."""
    medians = pd.Series(values[peers]).groupby(group[peers]).median()
    return np.asarray(medians.reindex(group).to_numpy(), dtype=np.float64)


def _counted(column: pa.ChunkedArray) -> dict[str, int]:
    counts = pc.value_counts(column).to_pylist()
    return {c["values"]: c["counts"] for c in counts if c["values"]}
