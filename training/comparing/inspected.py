"""Figures of the inspected movements alone: as they are, and weighted by inverse propensity."""

from __future__ import annotations

from collections.abc import Sequence

from training.comparing import html
from training.evaluate import Result

_PARTS = {"all": "test movements that were inspected", "leak_free": "those unlike any learnt from"}


def inspected_alone(results: Sequence[Result], *, fold: bool) -> str:
    """One table a slice and view; `fold` where estimates for all movements stand above."""
    tables = []
    for part, called in _PARTS.items():
        for view in ("naive", "weighted"):
            some = [r for r in results if (r.part, r.view) == (part, view) and r.figures]
            if some:
                tables.append(_table(some, called, view))
    if not tables:
        return ""
    title = "On the inspected alone, naively and weighted"
    shown = html.folded(title, "".join(tables)) if fold else "".join(tables)
    return f"<h3>The inspected alone</h3>{shown}"


def _table(results: Sequence[Result], called: str, view: str) -> str:
    first = results[0]
    names = [n for n in first.figures if n.startswith("precision_at_") or n == "auc"]
    enough = "" if first.sufficient else "; insufficient for intervals"
    title = (
        f"{called[0].upper()}{called[1:]}, {view}: {first.rows:,} movements, {first.hits:,} hits, "
        f"worth {first.effective_hits:.1f}{enough}"
    )
    rows = []
    for result in results:
        cells = [
            html.interval(f.value, *((f.low, f.high) if result.sufficient else (float("nan"),) * 2))
            for f in (result.figures[n] for n in names)
        ]
        rows.append([result.who, *cells])
    return html.table(title, ["", *(_heading(n) for n in names)], rows)


def _heading(name: str) -> str:
    word, at, share = name.partition("_at_")
    return f"{word} at {share.replace('_', '.')} %" if at else name.upper()
