"""How often 95 % intervals held the truth: as a table for a person, as figures for a program."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rich import box
from rich.table import Table

from training.intervals import Figure
from training.policy_value.measuring import Method
from training.shares import wilson
from training.simulated_selection import ESTIMANDS, Coverage, Estimand

#: All ways to infer, the recommended first.
METHODS: tuple[Method, ...] = (
    "doubly_robust",
    "hajek",
    "horvitz_thompson",
    "random_slice",
    "naive",
)

Found = Mapping[tuple[Method, Estimand], Coverage]

_NO_FIGURE = Figure(math.nan, math.nan, math.nan)


def counted(found: Coverage) -> Figure:
    """The share of seasons whose interval held the truth, of those with one, by Wilson's interval."""
    told = round(found.sufficient * found.seasons)
    return wilson(found.covered * told, told) if told else _NO_FIGURE


def coverage_figures(found: Found) -> dict[str, float]:
    """Figures under flat names, as shares between 0 and 1; those that nothing backs are left out.

    `<method>_coverage` is of the hit rate, `<method>_coverage_precision` and `_recall` of the
    others; `_low` and `_high` end its own 95 % interval. `<method>_width_ratio`, `_sufficient` and
    `_bias` are named alike.
    """
    figures: dict[str, float] = {"runs": float(max(of.seasons for of in found.values()))}
    for (method, what), of in found.items():
        end = "" if what == "hit_rate" else f"_{what}"
        share = counted(of)
        figures |= {
            f"{method}_coverage{end}": share.value,
            f"{method}_coverage{end}_low": share.low,
            f"{method}_coverage{end}_high": share.high,
            f"{method}_width_ratio{end}": of.width_ratio,
            f"{method}_sufficient{end}": of.sufficient,
            f"{method}_bias{end}": of.bias,
        }
    return {name: round(value, 6) for name, value in figures.items() if not math.isnan(value)}


def coverage_table(found: Found) -> Table:
    """One line a method and figure: intervals that held the truth, or lay above or below it."""
    table = Table(
        "", "held the truth", "above", "below", "width", "enough", "bias", box=box.SIMPLE
    )  # fmt: skip
    for method in dict.fromkeys(method for method, _ in found):
        table.add_row(f"[bold]{method.replace('_', ' ')}[/bold]")
        for what in ESTIMANDS:
            cells = _cells(found[method, what])
            table.add_row(f"  {what.replace('_', ' ')}", *cells, end_section=what == ESTIMANDS[-1])
    return table


def _cells(of: Coverage) -> tuple[str, ...]:
    if not of.sufficient:
        return ("insufficient", "", "", "", "0%", "")
    share = counted(of)
    return (
        f"{share.value:.1%} ({100 * share.low:.1f}-{100 * share.high:.1f})",
        f"{of.too_high:.1%}",
        f"{of.too_low:.1%}",
        f"{of.width_ratio:.2f}x",
        f"{of.sufficient:.0%}",
        f"{of.bias:+.1%}",
    )
