"""A made-up year of movements for the feature benchmark, as Parquet by month.

The files have the shape of `features.ledger.export`, with only the columns the features need.
A few parties account for most movements and most parties are seen a handful of times: keys are
drawn with probability 1 / (rank + 20), Zipf's law with its head cut as in customs records.

How many parties there are decides what pandas costs, so there are two shapes. `korean` is that of
the only public declarations (arXiv 2208.02484): among 54,000 there are 14,482 importers, 12,201
sellers, 1,238 declarants and 102 countries of departure. They are a sample, in which parties recur
less often than in an office's whole year. `dense` is that of the project's own made-up year of two
million movements (`seeds/scenario.yaml`, profile `dense`, seed 1 as drawn): 14 lines of
consignments for each consignee, 46 for each consignor, 700 for each declarant, and 170 routes. An
office lies between the two. Goods are of 5,000 HS subheadings, about as many as there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.layout import layouts_of
from features.spec import Feature, Integers

DAY_MICROSECONDS = 86_400_000_000
_FIRST = datetime(2025, 1, 1, tzinfo=UTC)
_DAYS = 365
_ZIPF_OFFSET = 20

#: Kinds of key with the two measures summed over each.
MEASURES_OF_KEY = {
    "consignee": ("declarations", "mass_g"),
    "consignor": ("declarations", "value_minor"),
    "declarant": ("declarations", "mass_g"),
    "hs6": ("log_unit_value", "log_unit_value_squared"),
    "route": ("declarations", "value_minor"),
}
WINDOWS = (7, 30, 365)
MEASURES = tuple(sorted({m for measures in MEASURES_OF_KEY.values() for m in measures}))

#: Five kinds of key, two measures and three windows: 30 features.
FEATURES = tuple(
    Feature(key, measure, "sum", days)
    for key, measures in MEASURES_OF_KEY.items()
    for measure in measures
    for days in WINDOWS
)
LAYOUTS = layouts_of(FEATURES)

# A record may lack a party; goods and route are always there.
_ABSENT = {"consignor": 0.03, "declarant": 0.05}


def _of_dense(movements: int) -> dict[str, int]:
    return {
        "consignee": max(movements // 14, 20),
        "consignor": max(movements // 46, 20),
        "declarant": max(movements // 700, 20),
        "hs6": 5_000,
        "route": 170,
    }


def _of_korea(movements: int) -> dict[str, int]:
    return {
        "consignee": max(movements * 14_482 // 54_000, 20),
        "consignor": max(movements * 12_201 // 54_000, 20),
        "declarant": max(movements * 1_238 // 54_000, 20),
        "hs6": 5_000,
        "route": 102,
    }


#: How many different keys of each kind there are among so many movements.
SHAPES: Mapping[str, Callable[[int], dict[str, int]]] = {"dense": _of_dense, "korean": _of_korea}


def write_movements(folder: Path, movements: int, *, shape: str = "korean", seed: int = 1) -> None:
    """Write `movements` made-up consignments of 365 days to `folder/events-YYYY-MM.parquet`.

    The same arguments give the same rows: int64 `u` (microseconds, strictly increasing), `day`,
    `tile_day`, `takes_back` (always null), booleans `closed_days_only` (always false) and
    `is_movement` (always true), `kind`, text `key_<kind>`, and int64 `m_<measure>`.
    """
    rng = np.random.default_rng(seed)
    of = SHAPES[shape](movements)
    folder.mkdir(parents=True, exist_ok=True)
    first = int(_FIRST.timestamp()) * 1_000_000
    moments = np.sort(rng.integers(0, _DAYS * DAY_MICROSECONDS - movements, movements))
    u = first + moments + np.arange(movements)
    columns = {
        "u": pa.array(u),
        "kind": pa.array(["consignment"] * movements),
        "day": pa.array(u // DAY_MICROSECONDS),
        "tile_day": pa.array(u // DAY_MICROSECONDS),
        "closed_days_only": pa.array(np.zeros(movements, bool)),
        "takes_back": pa.nulls(movements, pa.int64()),
        "is_movement": pa.array(np.ones(movements, bool)),
        **{f"key_{kind}": _keys(rng, kind, movements, of[kind]) for kind in MEASURES_OF_KEY},
        **{f"m_{measure}": pa.array(v) for measure, v in _measures(rng, movements).items()},
    }
    table = pa.table(columns)
    for begins, ends, name in _months(first):
        low, high = np.searchsorted(u, (begins, ends))
        pq.write_table(
            table.slice(low, high - low), folder / f"events-{name}.parquet", compression="zstd"
        )


def _keys(rng: np.random.Generator, kind: str, movements: int, distinct: int) -> pa.Array:
    """Pseudonyms of parties, or codes of goods and routes, as an export holds them."""
    weights = np.cumsum(1.0 / (np.arange(distinct) + _ZIPF_OFFSET))
    ranks = np.searchsorted(weights, rng.random(movements) * weights[-1])
    ranks = np.minimum(ranks, distinct - 1)
    texts = pa.array([_text(kind, rank) for rank in range(distinct)])
    absent = rng.random(movements) < _ABSENT.get(kind, 0.0)
    return texts.take(pa.array(ranks, mask=absent))


def _text(kind: str, rank: int) -> str:
    pseudonym = hashlib.sha256(f"{kind}-{rank}".encode()).hexdigest()[:32]
    match kind:
        case "hs6":
            return str(int(pseudonym, 16) % 100 * 10_000 + rank).zfill(6)
        case "route":
            return f"{rank // 30:02d}-{rank % 30:02d}"
        case _:
            return pseudonym


def _measures(rng: np.random.Generator, movements: int) -> dict[str, Integers]:
    mass = np.clip(rng.lognormal(14.0, 1.5, movements), 1, 10**8).astype(np.int64)
    value = np.clip(rng.lognormal(14.5, 1.2, movements), 1, 9 * 10**9).astype(np.int64)
    unit_value = rng.integers(-8_000, 8_000, movements)
    return {
        "declarations": np.ones(movements, np.int64),
        "log_unit_value": unit_value,
        "log_unit_value_squared": unit_value * unit_value,
        "mass_g": mass,
        "value_minor": value,
    }


def _months(first: int) -> list[tuple[int, int, str]]:
    """The months of the year: begins and ends (microseconds), and name."""
    days = [_FIRST + timedelta(days=n) for n in range(_DAYS)]
    starts = [day for day in days if day.day == 1]
    begins = [int(day.timestamp()) * 1_000_000 for day in starts]
    ends = [*begins[1:], first + _DAYS * DAY_MICROSECONDS]
    names = [day.strftime("%Y-%m") for day in starts]
    return list(zip(begins, ends, names, strict=True))
