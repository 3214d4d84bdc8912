"""Random ledgers for tests: ties of days, late outcomes, corrections, day borders."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
from hypothesis import strategies as st

DAY = 86_400_000_000


@dataclass(frozen=True)
class Entry:
    """One ledger row as the feature engines see it."""

    u: int
    tile_day: int
    keys: dict[str, str]
    measures: dict[str, int]
    is_movement: bool
    closed_days_only: bool

    @property
    def day(self) -> int:
        return self.u // DAY


@st.composite
def ledgers(
    draw: st.DrawFn, *, kinds: tuple[str, ...], measures: tuple[str, ...], most: int = 24
) -> list[Entry]:
    """Entries in the order of u; about one in three takes an earlier one back."""
    entries: list[Entry] = []
    standing: list[int] = []
    u = 19_000 * DAY
    for _ in range(draw(st.integers(1, most))):
        # Steps of microseconds meet within a day, whole days meet borders, long ones leave windows.
        u += draw(st.sampled_from([1, 1, 2, DAY // 3, DAY - 1, DAY, 2 * DAY, 5 * DAY]))
        if standing and draw(st.integers(0, 2)) == 0:
            original = entries[standing.pop(draw(st.integers(0, len(standing) - 1)))]
            entries.append(
                Entry(
                    u=u,
                    tile_day=original.tile_day,
                    keys=original.keys,
                    measures={m: -v for m, v in original.measures.items()},
                    is_movement=False,
                    closed_days_only=original.closed_days_only,
                )
            )
            continue
        keys = {k: draw(st.sampled_from(["a", "a", "b"])) for k in kinds if draw(st.integers(0, 5))}
        standing.append(len(entries))
        entries.append(
            Entry(
                u=u,
                tile_day=u // DAY,
                keys=keys,
                measures={m: draw(st.sampled_from([0, 1, 1, 3, 1000])) for m in measures},
                is_movement=draw(st.integers(0, 2)) > 0,
                closed_days_only=draw(st.integers(0, 5)) == 0,
            )
        )
    return entries


def packed(many: list[list[Entry]]) -> list[Entry]:
    """Several ledgers as one: each far from the others in time, with keys of its own.

    One query over many ledgers costs little more than over one.
    """
    far = 10_000
    return [
        replace(
            entry,
            u=entry.u + place * far * DAY,
            tile_day=entry.tile_day + place * far,
            keys={kind: f"{place}-{key}" for kind, key in entry.keys.items()},
        )
        for place, entries in enumerate(many)
        for entry in entries
    ]


def events_frame(
    entries: list[Entry], *, kinds: tuple[str, ...], measures: tuple[str, ...]
) -> pd.DataFrame:
    """The table `features.offline.key_history` reads."""
    return pd.DataFrame(
        {
            "u": pd.array([e.u for e in entries], "int64"),
            "day": pd.array([e.day for e in entries], "int64"),
            "tile_day": pd.array([e.tile_day for e in entries], "int64"),
            "closed_days_only": [e.closed_days_only for e in entries],
            "is_movement": [e.is_movement for e in entries],
            **{
                f"key_{k}": pd.array([e.keys.get(k) for e in entries], "string[pyarrow]")
                for k in kinds
            },
            **{
                f"m_{m}": pd.array([e.measures.get(m, 0) for e in entries], "int64")
                for m in measures
            },
        }
    )
