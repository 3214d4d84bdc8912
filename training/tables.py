"""Figures as a person reads them in a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from training.evaluate import Result
from training.intervals import Figure
from training.params import PublishedFigures

#: Figures that are no abbreviation.
_PLAIN = {"hit_rate": "hit rate"}


def print_results(
    results: Sequence[Result], console: Console, *, published: PublishedFigures | None
) -> None:
    """A table for each head, slice and view, with the published figures beneath where there are."""
    groups: dict[tuple[str, str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.head, result.part, result.view), []).append(result)
    for (head, part, view), members in groups.items():
        if nothing := members[0].nothing:
            console.print(f"{_title(members[0])}: nothing to measure. {nothing}")
        elif part != "movements":
            console.print(_table(members))
        elif view == "doubly_robust":
            console.print(_estimates(members))
            console.print(_by_method(results, head))
            for alarm in members[0].overlap.alarms if members[0].overlap else ():
                console.print(f"Alarm, {head}. {alarm}")
    if published:
        table = Table("published", *_names(published), title=published.source)
        for who, figures in published.figures.items():
            table.add_row(
                who, *(f"{figures[n]:.3f}" if n in figures else "" for n in _names(published))
            )
        console.print(table)


def _estimates(results: Sequence[Result]) -> Table:
    """Precision and lift of every ranking among all movements, and what backs them."""
    first = results[0]
    wanted = [n for n in first.figures if n.startswith("precision_at_")]
    table = Table("", *(_heading(n) for n in wanted), title=_title(first))
    for result in results:
        told = [result.estimates[n] for n in wanted]
        cells = (_cell(Figure(e.value, e.low, e.high), sufficient=e.sufficient) for e in told)
        table.add_row(result.who, *cells)
    overlap = first.overlap
    table.caption = (
        f"{first.movements:,} movements, {first.rows:,} inspected with a known propensity, "
        f"{first.hits:,} hits, worth {first.effective_hits:.1f}"
        + (
            f"; of the selection {overlap.rows:,} inspected, worth {overlap.effective_rows:.1f}"
            if overlap
            else ""
        )
        + "; without an interval: insufficient"
    )
    return table


def _by_method(results: Sequence[Result], head: str) -> Table:
    """The head's hit rate and recalls by each way to infer all movements from the inspected."""
    of = [r for r in results if (r.head, r.part, r.who) == (head, "movements", "head")]
    wanted = [n for n in of[0].figures if n == "hit_rate" or n.startswith("recall_at_")]
    table = Table("", *(_heading(n) for n in wanted), title=f"{head}: by each way to infer")
    for result in of:
        told = [result.estimates[n] for n in wanted]
        cells = (_cell(Figure(e.value, e.low, e.high), sufficient=e.sufficient) for e in told)
        table.add_row(result.view.replace("_", " "), *cells)
    return table


def _table(results: Sequence[Result]) -> Table:
    first = results[0]
    wanted = [n for n in first.figures if n.startswith(_shown(first)) or n == "auc"]
    table = Table("", *(_heading(n) for n in wanted), title=_title(first))
    for result in results:
        cells = (_cell(result.figures[n], sufficient=result.sufficient) for n in wanted)
        table.add_row(result.who, *cells)
    table.caption = (
        f"{first.rows:,} movements, {first.hits:,} hits, worth {first.effective_hits:.1f}"
        + ("" if first.sufficient else ": insufficient for intervals")
    )
    return table


def _title(result: Result) -> str:
    title = {
        "all": "test movements that were inspected",
        "leak_free": "those unlike any training movement",
        "truth": "all test movements, by what they carried",
        "movements": "all test movements, inspected or not, doubly robust",
    }[result.part]
    weighted = ", weighted by inverse propensity" if result.view == "weighted" else ""
    return f"{result.head}: {title}{weighted}"


def _shown(result: Result) -> str:
    """Recall can be told where everything that was carried is known; precision elsewhere."""
    return "recall_at_" if result.part == "truth" else "precision_at_"


def _heading(name: str) -> str:
    word, at, share = name.partition("_at_")
    return f"{word} at {share.replace('_', '.')} %" if at else _PLAIN.get(name, name.upper())


def _cell(figure: Figure, *, sufficient: bool) -> str:
    """The value, and its interval beneath: five of them fit into a narrow terminal."""
    if math.isnan(figure.value):
        return "-"
    if not sufficient:
        return f"{figure.value:.3f}"
    low, high = (f"{end:.3f}".removeprefix("0") for end in (figure.low, figure.high))
    return f"{figure.value:.3f}\n{low}-{high}"


def _names(published: PublishedFigures) -> list[str]:
    return list(dict.fromkeys(n for figures in published.figures.values() for n in figures))
