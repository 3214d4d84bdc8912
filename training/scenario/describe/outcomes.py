"""What the office selected and found, and when it knew: `inspections.csv` read back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from training.scenario.describe.files import Drawn, lines, moments, numeric, places
from training.scenario.office.control import ARMS, LEVELS, NOT_SEARCHED, PERSONS, REASONS, RESULTS
from training.scenario.streams import Flags, Integers

_COLUMNS = (
    "control_no", "version", "subject_no", "reason", "level", "ended", "outcome", "confirmed",
)  # fmt: skip


@dataclass(frozen=True)
class Outcomes:
    """Inspections (n,) whose outcome became known within the period, each once.

    Attributes:
        number: Number of the movement; `ended` and `known` moments of the control and its result.
        reason: Index into `REASONS`; `level` into `LEVELS`; `result` (the latest) into `RESULTS`.
    """

    number: pa.Array
    reason: Integers
    level: Integers
    result: Integers
    ended: Integers
    known: Integers

    @property
    def finds(self) -> Flags:
        """Which found arms or people (n,)."""
        return np.asarray((self.result == ARMS) | (self.result == PERSONS))

    @property
    def searched(self) -> Flags:
        """Which were carried out (n,): a control that was not says nothing."""
        return np.asarray(self.result != NOT_SEARCHED)


def read_outcomes(drawn: Drawn) -> Outcomes:
    """All inspections on record."""
    pieces = lines(drawn.folder / "inspections.csv", _COLUMNS)
    every = pd.concat([_frame(piece) for piece in pieces], ignore_index=True)
    codes = every[["reason", "level", "result", "ended", "known"]]
    readable = (codes >= 0).all(axis=1) & (every["control"] != "")
    every = every[readable].sort_values("version", kind="stable")
    latest = every.drop_duplicates("control", keep="last").set_index("control")
    first = every.drop_duplicates("control", keep="first").set_index("control")
    columns = {name: latest[name].to_numpy() for name in ("reason", "level", "result", "ended")}
    known = first["known"].reindex(latest.index).to_numpy()
    return Outcomes(pa.array(latest["number"].to_numpy(), pa.string()), known=known, **columns)


def _frame(piece: pa.Table) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "control": piece["control_no"].to_pandas(),
            "number": piece["subject_no"].to_pandas(),
            "version": numeric(piece["version"]),
            "reason": places(piece["reason"], pa.array(REASONS)),
            "level": places(piece["level"], pa.array(LEVELS)),
            "result": places(piece["outcome"], pa.array(RESULTS)),
            "ended": moments(piece["ended"]),
            "known": moments(piece["confirmed"]),
        }
    )
