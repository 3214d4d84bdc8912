"""Police reports that name a movement nobody inspected: what they are worth beside the finds.

A graded report of weapons or people in a vehicle, a container or a firm's goods speaks of a movement
of that day, inspected or not. It is no outcome, since nobody looked: heads learn from it as from a part
of a find, by its grades, and nothing is ever measured with it. A report that could speak of several
movements is shared among them, and one that could speak of many names none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as dataset

from features.registry import SUBJECTS
from features.spec import Floats, Integers
from training.labels import Flags
from training.params import ReportParams

_HOUR = 3_600_000_000  # microseconds
_NONE = np.empty(0, np.int64)

#: Keys a report shares with the movement it speaks of. Declarants and carriers serve hundreds.
NAMING_KEYS = ("vehicle", "trailer", "container", "consignor", "consignee")
#: A report that could speak of more movements names none of them.
MOST_NAMED = 5

_RECORD = ["source_system", "source_record_id"]
_KEYS = [f"key_{kind}" for kind in NAMING_KEYS]
_COMMON = ["u", "event_at", "owner_post", *_RECORD, *_KEYS]
_GRADES = ["incident_type", "source_grade", "information_grade"]

#: When a report that stands was taken back: never.
STANDS = int(np.iinfo(np.int64).max)
_TOLD = [*_GRADES, "taken_back_u"]

#: Columns of a table of movements as `named` wants them, and of one of reports.
MOVEMENT_COLUMNS = tuple(_COMMON)
REPORT_COLUMNS = (*_COMMON, *_TOLD)


@dataclass(frozen=True)
class Reported:
    """Movements that reports name, by their places among all.

    Attributes:
        places: The movements (k,), ascending.
        event_at: When they were (k,), microseconds since 1970 UTC.
        known_at: u of the reports (k,).
        worth: What the reports are worth (k,), in finds.
    """

    places: Integers
    event_at: Integers
    known_at: Integers
    worth: Floats

    def __len__(self) -> int:
        return len(self.places)

    def before(self, moment: int) -> Reported:
        """Those before a moment of which was known by then, in microseconds since 1970 UTC."""
        then = (self.event_at < moment) & (self.known_at < moment)
        return Reported(
            self.places[then], self.event_at[then], self.known_at[then], self.worth[then]
        )


def no_reports() -> pd.DataFrame:
    """What `named` gives where there is none."""
    return pd.DataFrame({
        "movement_u": np.empty(0, np.int64), "u": np.empty(0, np.int64),
        "share": np.empty(0), **{name: np.empty(0, object) for name in _GRADES},
        "taken_back_u": np.empty(0, np.int64),
    })  # fmt: skip


def read_reports(folder: Path) -> pd.DataFrame:
    """Reports in an export of the ledger (`features.ledger.export`) and the movements they name.

    Returns:
        As of `named`; empty where the export was made before reports' grades were in it.
    """
    events = dataset.dataset(sorted(str(path) for path in folder.glob("events-*.parquet")))
    there = set(events.schema.names)
    if not there >= set(_GRADES):
        return no_reports()
    kind, corrected = dataset.field("kind"), dataset.field("takes_back")
    columns = [name for name in (*_COMMON, *_GRADES) if name in there]
    reports = events.to_table(columns=[*columns, "takes_back"], filter=kind == "incident")
    linked = pd.DataFrame(reports.to_pandas(integer_object_nulls=True))
    corrections = linked[linked["takes_back"].notna()]
    taken_back = dict(zip(corrections["takes_back"], corrections["u"], strict=True))
    linked = linked[linked["takes_back"].isna()]
    linked = linked.assign(taken_back_u=[taken_back.get(u, STANDS) for u in linked["u"]])
    keys = [name for name in _KEYS if name in there]
    told = {name: linked[name].dropna().unique().tolist() for name in keys}
    spoken_of = [dataset.field(name).isin(values) for name, values in told.items() if values]
    if not spoken_of:
        return no_reports()
    mine = spoken_of[0]
    for one in spoken_of[1:]:
        mine |= one
    movements = events.to_table(
        columns=[name for name in MOVEMENT_COLUMNS if name in there],
        filter=kind.isin(SUBJECTS) & corrected.is_null() & mine,
    )
    return named(pd.DataFrame(movements.to_pandas()), linked)


def named(movements: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    """The movements that linked reports speak of.

    A report speaks of the movements of its vehicle, container or firm in the 24 hours before it; of
    those at its own post, if there are any; of a movement's versions of the latest that was known by
    then.

    Args:
        movements: `MOVEMENT_COLUMNS`, a row a version.
        reports: `REPORT_COLUMNS`, a row a version.

    Returns:
        A row a report and movement: `movement_u`; the report's `u`, `incident_type` and grades, and
        when it was taken back (`taken_back_u`, or `STANDS`); and the `share` of the report that is
        the movement's.
    """
    pairs = [
        reports[[key, "u", "event_at", "owner_post"]]
        .dropna(subset=[key])
        .merge(movements, on=key, suffixes=("_report", ""))
        for key in _KEYS
        if key in reports and key in movements
    ]
    every = pd.concat([p for p in pairs if len(p)]) if any(map(len, pairs)) else None
    if every is None:
        return no_reports()
    ago = every["event_at_report"] - every["event_at"]
    known = every["u"] < every["u_report"]
    every = every[known & (ago >= 0) & (ago <= 24 * _HOUR)].sort_values(["u_report", "u"])
    every = every.drop_duplicates(["u_report", *_RECORD], keep="last")
    here = every["owner_post"] == every["owner_post_report"]
    every = every[here | ~here.groupby(every["u_report"]).transform("any")]
    many = every.groupby("u_report")["u"].transform("size")
    every = every.assign(share=1.0 / many)[many <= MOST_NAMED]
    told = every.join(reports.set_index("u")[_TOLD], on="u_report")
    return (
        told.rename(columns={"u": "movement_u", "u_report": "u"})[
            ["movement_u", "u", "share", *_TOLD]
        ]
        .astype({"movement_u": np.int64, "u": np.int64, "taken_back_u": np.int64})
        .reset_index(drop=True)
    )


def reported(
    reports: pd.DataFrame | None,
    movement_u: Integers,
    event_at: Integers,
    within: Flags,
    *,
    risk: str,
    until_u: int,
    params: ReportParams | None,
) -> Reported:
    """What reports that stood at a moment are worth to a head, movement by movement.

    Args:
        reports: What `read_reports` gives; None for none.
        movement_u: u of all movements (n,).
        event_at: Their times (n,), microseconds since 1970 UTC.
        within: Which of them (n,) may be learnt from so: those nobody inspected.
        risk: What the head is about.
        until_u: The moment.
        params: What reports are about and worth; None: nothing.
    """
    if reports is None or params is None:
        return Reported(_NONE, _NONE, _NONE, np.empty(0))
    told = reports[(reports["u"] < until_u) & (reports["taken_back_u"] >= until_u)]
    told = told[told["incident_type"].isin(params.types.get(risk, ()))]
    grades = zip(told["source_grade"], told["information_grade"], strict=True)
    counts = told["share"].to_numpy(dtype=np.float64) * np.array(
        [params.worth(str(s), int(i)) for s, i in grades], dtype=np.float64
    )
    place = pd.Index(movement_u).get_indexer(pd.Index(told["movement_u"].to_numpy(dtype=np.int64)))
    ours = (place >= 0) & (counts > 0)
    ours[ours] = within[place[ours]]
    made = pd.DataFrame(
        {"place": place[ours], "known": told["u"].to_numpy(np.int64)[ours], "worth": counts[ours]}
    )
    # Of several reports of one movement the best counts: they may come from one source.
    best = made.sort_values(["place", "worth"]).drop_duplicates("place", keep="last")
    places = best["place"].to_numpy(dtype=np.int64)
    return Reported(
        places, event_at[places],
        best["known"].to_numpy(dtype=np.int64), best["worth"].to_numpy(dtype=np.float64),
    )  # fmt: skip
