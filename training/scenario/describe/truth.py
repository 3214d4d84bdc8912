"""What the truth adds up to: one pass over `truth/truth.parquet`, kept as counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from training.scenario.days.calendar import epoch_seconds
from training.scenario.days.carrying import RISKS
from training.scenario.describe.files import DAY, Drawn, places, truth
from training.scenario.files.truth import STRATA
from training.scenario.streams import Flags, Floats, Integers
from training.scenario.typologies import NAMES

#: At most about this many movements that carry nothing are looked at one by one.
SAMPLE = 200_000

#: Cases of more pieces than this count as that many.
MOST_PIECES = 10_000

#: Risks are counted in bins of their log-odds this wide, from `_LOW` on.
_WIDTH, _LOW, _BINS = 0.01, -20.0, 3_000

_KINDS = ("consignment", "crossing")
_LOOKED_AT = ("at", "stratum", "arms", "people")
_COLUMNS = (
    "source_record_id", "kind", "stratum", "event_at", "post", "true_risk_arms",
    "true_risk_smuggling", "carries_arms", "carries_people", "typology_arms",
    "typology_smuggling", "pieces", "behaviour",
)  # fmt: skip


@dataclass(frozen=True)
class Movements:
    """Single movements (n,): their numbers, when they were, their stratum and what they carried."""

    number: pa.Array
    at: Integers
    stratum: Integers
    arms: Flags
    people: Flags


@dataclass(frozen=True)
class Truth:
    """Counts of movements. Axes: s strata, r risks, k kinds, t typologies (0 is honest).

    Attributes:
        by_post: (posts, s).
        by_day: (days, s); `carrying_by_day` (days, s, r).
        by_hour: (7, 24, s) by weekday from Monday and hour in UTC.
        by_typology: (t, r) that carried something under the typology; `behaving` (t,) whose
            parties follow it, carrying or not.
        pieces: (`MOST_PIECES` + 1,) cases of arms by number of pieces.
        by_risk: (k, r, bins) by true risk, from the least; `carrying_by_risk` those that carried.
        sample: All that carried something and every k-th of the others.
        inspected: The inspected movements, in the order they were asked for.
    """

    by_post: Integers
    by_day: Integers
    carrying_by_day: Integers
    by_hour: Integers
    by_typology: Integers
    behaving: Integers
    pieces: Integers
    by_risk: Integers
    carrying_by_risk: Integers
    sample: Movements
    inspected: Movements


def count_truth(drawn: Drawn, *, posts: tuple[str, ...], inspected: pa.Array) -> Truth:
    """Reads the truth once.

    Args:
        drawn: The period.
        posts: Ids of the crossing points.
        inspected: Numbers (m,) of movements of which the truth is wanted, each once.
    """
    count = _Count(drawn, posts, inspected)
    for batch in truth(drawn.folder, _COLUMNS):
        count.add(batch)
    return count.done()


class _Count:
    def __init__(self, drawn: Drawn, posts: tuple[str, ...], inspected: pa.Array) -> None:
        days, strata, risks = drawn.days, len(STRATA), len(RISKS)
        self._start = epoch_seconds(drawn.first_day)
        self._every = -(-drawn.total // SAMPLE) or 1
        self._posts, self._seen = pa.array(posts), 0
        self._sampled: list[Movements] = []
        self._by_post = np.zeros((len(posts), strata), dtype=np.int64)
        self._by_day = np.zeros((days, strata), dtype=np.int64)
        self._carrying = np.zeros((days, strata, risks), dtype=np.int64)
        self._by_hour = np.zeros((7, 24, strata), dtype=np.int64)
        self._by_typology = np.zeros((len(NAMES), risks), dtype=np.int64)
        self._behaving = np.zeros(len(NAMES), dtype=np.int64)
        self._pieces = np.zeros(MOST_PIECES + 1, dtype=np.int64)
        self._by_risk = np.zeros((len(_KINDS), risks, _BINS), dtype=np.int64)
        self._carrying_by_risk = np.zeros_like(self._by_risk)
        m = len(inspected)
        self._known = Movements(
            inspected, np.full(m, -1), np.full(m, -1), np.zeros(m, bool), np.zeros(m, bool)
        )

    def add(self, batch: pa.RecordBatch) -> None:
        """Counts these movements."""
        stratum = places(batch["stratum"], pa.array(STRATA))
        at = batch["event_at"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()
        at = at // 1_000_000
        day = np.clip((at - self._start) // DAY, 0, len(self._by_day) - 1)
        flags = [
            batch[c].to_numpy(zero_copy_only=False) for c in ("carries_arms", "carries_people")
        ]
        _tally(self._by_post, places(batch["post"], self._posts), stratum)
        _tally(self._by_day, day, stratum)
        # 1970 began on a Thursday.
        _tally(self._by_hour, (at // DAY + 3) % 7, at // 3600 % 24, stratum)
        _tally(self._behaving, places(batch["behaviour"], pa.array(NAMES)))
        pieces = np.asarray(batch["pieces"].to_numpy())[flags[0]]
        _tally(self._pieces, np.clip(pieces, 0, MOST_PIECES))
        kind = places(batch["kind"], pa.array(_KINDS))
        for r, (name, carries) in enumerate(zip(RISKS, flags, strict=True)):
            fixed = np.full(carries.sum(), r)
            _tally(self._carrying, day[carries], stratum[carries], fixed)
            typology = places(batch[f"typology_{name}"], pa.array(NAMES))
            _tally(self._by_typology, typology[carries], fixed)
            bins = _bins(batch[f"true_risk_{name}"].to_numpy())
            _tally(self._by_risk, kind, np.full(len(kind), r), bins)
            _tally(self._carrying_by_risk, kind[carries], fixed, bins[carries])
        self._look(Movements(batch["source_record_id"], at, stratum, *flags))

    def _look(self, here: Movements) -> None:
        """Keeps what is known of inspected and of sampled movements."""
        place = places(here.number, self._known.number)
        wanted = place >= 0
        for name in _LOOKED_AT:
            getattr(self._known, name)[place[wanted]] = getattr(here, name)[wanted]
        order = self._seen + np.arange(len(place))
        self._seen += len(place)
        rows = here.arms | here.people | (order % self._every == 0)
        taken = [getattr(here, name)[rows] for name in _LOOKED_AT]
        self._sampled.append(Movements(here.number.filter(pa.array(rows)), *taken))

    def done(self) -> Truth:
        """All counts."""
        sample = Movements(
            pa.concat_arrays([part.number for part in self._sampled]),
            *(np.concatenate([getattr(p, name) for p in self._sampled]) for name in _LOOKED_AT),
        )
        return Truth(
            self._by_post, self._by_day, self._carrying, self._by_hour, self._by_typology,
            self._behaving, self._pieces, self._by_risk, self._carrying_by_risk, sample,
            self._known,
        )  # fmt: skip


def _tally(counts: Integers, *places_of: Integers) -> None:
    """Adds one to the cell of each row; rows that stand nowhere (-1) are left out."""
    inside = np.logical_and.reduce([place >= 0 for place in places_of])
    flat = np.ravel_multi_index([place[inside] for place in places_of], counts.shape)
    counts += np.bincount(flat, minlength=counts.size).reshape(counts.shape)


def _bins(risk: Floats) -> Integers:
    p = np.clip(risk, 1e-12, 1 - 1e-12)
    logit = np.log(p) - np.log1p(-p)
    return np.asarray(np.clip((logit - _LOW) / _WIDTH, 0, _BINS - 1), dtype=np.int64)


def found_at(all_here: Integers, carrying: Integers, shares: Floats) -> Floats:
    """Of what is carried, the share found by who inspects these shares (n,) of the movements.

    Movements (bins,) are inspected from the highest true risk down; within a bin, which is one
    hundredth of log-odds wide, in any order. NaN where nothing is carried.
    """
    if not carrying.sum():
        return np.full(len(shares), np.nan)
    looked = np.concatenate(([0], np.cumsum(all_here[::-1]))) / all_here.sum()
    found = np.concatenate(([0], np.cumsum(carrying[::-1]))) / carrying.sum()
    return np.asarray(np.interp(shares, looked, found))
