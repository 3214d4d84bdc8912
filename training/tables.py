"""Figures as a person reads them in a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from training.evaluate import Result
from training.intervals import Figure
from training.params import PublishedFigures


def print_results(
    results: Sequence[Result], console: Console, *, published: PublishedFigures | None
) -> None:
    """A table for each head, slice and view, with the published figures beneath where there are."""
    groups: dict[tuple[str, str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.head, result.part, result.view), []).append(result)
    for members in groups.values():
        if nothing := members[0].nothing:
            console.print(f"{_title(members[0])}: nothing to measure. {nothing}")
        else:
            console.print(_table(members))
    if published:
        table = Table("published", *_names(published), title=published.source)
        for who, figures in published.figures.items():
            table.add_row(
                who, *(f"{figures[n]:.3f}" if n in figures else "" for n in _names(published))
            )
        console.print(table)


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
    }[result.part]
    weighted = ", weighted by inverse propensity" if result.view == "weighted" else ""
    return f"{result.head}: {title}{weighted}"


def _shown(result: Result) -> str:
    """Recall can be told where everything that was carried is known; precision elsewhere."""
    return "recall_at_" if result.part == "truth" else "precision_at_"


def _heading(name: str) -> str:
    word, at, share = name.partition("_at_")
    return f"{word} at {share.replace('_', '.')} %" if at else name.upper()


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
