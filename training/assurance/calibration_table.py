"""Calibration by the truth of several periods: as a table for a person, as figures for a program."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.table import Table
from scipy.stats import t as student  # type: ignore[import-untyped]

from models.card import BANDS, BandName
from training.assurance.calibration_by_truth import Calibrated, Judged, calibrated
from training.intervals import Figure


@dataclass(frozen=True)
class Line:
    """One head in one band, or in all of them, over the periods.

    Attributes:
        finding: Beside what an inspection would find, the mean over the periods.
        carrying: The error beside the true risk itself.
        error: Of `finding`; its interval is over periods where there are several, else over the
            movements of the only one.
    """

    head: str
    band: BandName | None
    movements: int
    said: float
    found: float
    carried: float
    error: Figure
    error_carrying: Figure
    by_tenths: float


def lines_of(judged: Sequence[Judged]) -> list[Line]:
    """A line a head for all of its movements, then one a band."""
    lines = []
    for head in dict.fromkeys(of.head for of in judged):
        mine = [of for of in judged if of.head == head]
        finding = [_by_band(calibrated(of, of.finding, seed=of.seed)) for of in mine]
        carrying = [_by_band(calibrated(of, of.risk, seed=of.seed)) for of in mine]
        for band in (None, *BANDS):
            found = [by_band[band] for by_band in finding if band in by_band]
            carried = [by_band[band] for by_band in carrying if band in by_band]
            if found:
                lines.append(_line(head, band, found, carried))
    return lines


def calibration_figures(lines: Sequence[Line]) -> dict[str, float]:
    """Figures under flat names, all of them shares of a true rate.

    `calibration_error` is that of the worst head over its bands, beside what an inspection would
    find; `worst_band` of the worst single band; `_carrying` beside the true risk itself.
    """
    whole = [line for line in lines if line.band is None]
    bands = [line for line in lines if line.band is not None]
    figures = {
        "calibration_error": max(line.error.value for line in whole),
        "calibration_error_high": max(line.error.high for line in whole),
        "calibration_error_carrying": max(line.error_carrying.value for line in whole),
        "calibration_error_tenths": max(line.by_tenths for line in whole),
        "worst_band": max(line.error.value for line in bands),
        "worst_band_carrying": max(line.error_carrying.value for line in bands),
    }
    for line in lines:
        name = f"{line.head}_{line.band or 'all'}"
        figures[name] = line.error.value
        figures[f"{name}_carrying"] = line.error_carrying.value
    return {name: round(value, 6) for name, value in figures.items() if not math.isnan(value)}


def calibration_table(lines: Sequence[Line]) -> Table:
    """One line a head and band."""
    table = Table(
        "head", "band", "movements", "said", "to be found", "off by", "95 % interval",
        "carried", "off by",
    )  # fmt: skip
    for column in table.columns[2:]:
        column.justify = "right"
    for line in lines:
        table.add_row(
            line.head if line.band is None else "",
            (line.band or "all").replace("_", " "),
            f"{line.movements:,}",
            f"{line.said:.4f}",
            f"{line.found:.4f}",
            f"{line.error.value:.2f}",
            f"{line.error.low:.2f} to {line.error.high:.2f}",
            f"{line.carried:.4f}",
            f"{line.error_carrying.value:.2f}",
            end_section=line.band == BANDS[-1],
        )
    return table


def _line(
    head: str, band: BandName | None, found: Sequence[Calibrated], carried: Sequence[Calibrated]
) -> Line:
    return Line(
        head=head,
        band=band,
        movements=sum(of.movements for of in found),
        said=_mean([of.said for of in found]),
        found=_mean([of.true for of in found]),
        carried=_mean([of.true for of in carried]),
        error=_over_periods([of.error for of in found]),
        error_carrying=_over_periods([of.error for of in carried]),
        by_tenths=_mean([of.by_tenths for of in found]),
    )


def _over_periods(errors: Sequence[Figure]) -> Figure:
    """The mean over periods with Student's interval; of a single one, its own."""
    if len(errors) == 1:
        return errors[0]
    values = np.array([error.value for error in errors])
    mean, n = float(values.mean()), len(values)
    half = float(student.ppf(0.975, n - 1) * values.std(ddof=1) / math.sqrt(n))
    return Figure(mean, max(0.0, mean - half), mean + half)


def _by_band(found: Sequence[Calibrated]) -> dict[BandName | None, Calibrated]:
    return {of.band: of for of in found}


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
