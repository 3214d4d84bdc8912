"""What the training set consists of: counted in an export of the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as dataset

from features.measures import SILENT_RESULTS
from training.documents.wording import percent, small_count, spoken

_COLUMNS = [
    *("u", "kind", "event_at", "takes_back", "record_version", "movement_u"),
    *("result", "selection_reason", "selection_propensity", "control_level"),
]
_DAY = 86_400_000_000


@dataclass(frozen=True)
class Composition:
    """Counts of an export; cells of fewer than five are named, not counted.

    Attributes:
        kinds: Kind of record, first versions, later versions, taken back.
        first: Day of the first movement.
        last: Day of the last.
        results: Result of an inspection, inspections.
        reasons: Why a movement was selected, inspections, those that said something, finds.
        levels: How thorough the control was, inspections, finds.
        propensity_known: Share of the inspections whose propensity is known.
        delays: Share of the outcomes known, and after how many days.
    """

    kinds: tuple[tuple[str, ...], ...]
    first: str
    last: str
    results: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, ...], ...]
    levels: tuple[tuple[str, ...], ...]
    propensity_known: str
    delays: tuple[tuple[str, str], ...]


def composition(events: Path) -> Composition | None:
    """What an export (`features.ledger.export`) consists of; None if it holds no movement."""
    files = sorted(str(path) for path in events.glob("events-*.parquet"))
    if not files:
        return None
    table = dataset.dataset(files).to_table(columns=_COLUMNS).to_pandas()
    movements = table[table["kind"].isin(["consignment", "crossing"])]
    if movements.empty:
        return None
    corrections = table["takes_back"].notna()
    standing = table[~corrections & ~table["u"].isin(table.loc[corrections, "takes_back"])]
    inspections = standing[standing["kind"] == "inspection"]
    return Composition(
        kinds=tuple(_kinds(table, corrections)),
        first=_day(movements["event_at"].min()),
        last=_day(movements["event_at"].max()),
        results=tuple(
            (spoken(str(result)), small_count(int(count)))
            for result, count in inspections["result"].value_counts().sort_index().items()
        ),
        reasons=tuple(_by(inspections, "selection_reason")),
        levels=tuple(_by(inspections, "control_level")),
        propensity_known=percent(float(inspections["selection_propensity"].notna().mean()))
        if len(inspections)
        else "not known",
        delays=tuple(_delays(inspections)),
    )


def _kinds(table: pd.DataFrame, corrections: pd.Series[bool]) -> Iterable[tuple[str, ...]]:
    for kind, of_kind in table.groupby("kind", sort=True):
        back = int(corrections[of_kind.index].sum())
        first = int((~corrections[of_kind.index] & (of_kind["record_version"] == 1)).sum())
        later = len(of_kind) - back - first
        yield spoken(str(kind)), *map(small_count, (first, later, back))


def _by(inspections: pd.DataFrame, column: str) -> Iterable[tuple[str, ...]]:
    named = inspections.assign(**{column: inspections[column].fillna("not recorded")})
    for value, group in named.groupby(column, sort=True):
        speaking = ~group["result"].isin(SILENT_RESULTS)
        finds = speaking & (group["result"] != "nothing_found")
        cells = (len(group), int(speaking.sum()), int(finds.sum()))
        yield spoken(str(value)), *map(small_count, cells)


def _delays(inspections: pd.DataFrame) -> Iterable[tuple[str, str]]:
    linked = inspections[inspections["movement_u"].notna()]
    if linked.empty:
        return
    days = (linked["u"].astype(np.int64) - linked["movement_u"].astype(np.int64)) / _DAY
    for share in (0.5, 0.9, 0.99):
        yield percent(share), f"{days.quantile(share):.1f} days"


def _day(microseconds: int) -> str:
    return pd.Timestamp(int(microseconds), unit="us", tz="UTC").strftime("%Y-%m-%d")
