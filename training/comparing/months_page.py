"""Months as a curve with its table, as lines in a terminal, and as flat figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.table import Table

from training.comparing import html
from training.comparing.charts import Point, over_months
from training.comparing.months import MATURED_DAYS, Month, Told
from training.metrics import percent
from training.rankers import WHO

_LEAD = (
    "Each month a head is fitted on what had become known when the month began, and measured on the "
    f"month's movements by the outcomes known {MATURED_DAYS} days after its end. Estimates are doubly "
    "robust, over all movements, inspected or not, with 95 % intervals; shaded: those of the head."
)


def months_page(months: Sequence[Month]) -> str:
    """One self-contained page: curves and a table for each head."""
    body = [html.paragraph(_LEAD, look="lead")]
    for head in dict.fromkeys(month.head for month in months):
        of = [month for month in months if month.head == head]
        body.append(f"<h2>{head.replace('-', ', ')}</h2>")
        charts = []
        for measure, question in (
            ("recall", "Share of all hits that are found"),
            ("precision", "Share of hits among the inspected"),
        ):
            lines = {who: _line(of, who, measure) for who in _who(of)}
            if any(p.y == p.y for line in lines.values() for p in line):
                names = [month.month for month in of]
                at = f"{question} at {100 * of[0].capacity:g} %"
                title = f"{at}, by month, {head}; the figures are in the table"
                charts.append((at, over_months(lines, names, title=title, y=question)))
        if charts:
            body.append(html.panels(charts))
        body += [_table(of), _truth(of)]
        body += [
            html.paragraph(f"{month.month}: {month.reason}", look="note")
            for month in of
            if month.reason
        ]
        if unripe := [month.month for month in of if not month.matured]:
            body.append(
                html.paragraph(
                    f"Not all outcomes waited for were there yet: {', '.join(unripe)}.", look="note"
                )
            )
    return html.whole_page("Month by month", body)


def months_tables(months: Sequence[Month]) -> list[Table]:
    """A table for each head, one line a month."""
    tables = []
    for head in dict.fromkeys(month.head for month in months):
        of = [month for month in months if month.head == head]
        table = Table("month", "learnt", "hits", "hit rate", "recall", "logistic", "rules", "truly",
                      title=f"{head}: recall at {100 * of[0].capacity:g} %, doubly robust")  # fmt: skip
        table.caption = "learnt: hits known at the start; truly: by what was carried"
        for month in of:
            recalls = [_cell(month.figures.get(who, {}).get("recall")) for who in
                       ("head", "logistic", "rules")]  # fmt: skip
            truly = month.truth.get("head")
            table.add_row(
                month.month, f"{month.trained_hits:,}", f"{month.hits:,}", _cell(month.hit_rate),
                *recalls, "" if truly is None else _figure(truly.value, truly.low, truly.high),
            )  # fmt: skip
        tables.append(table)
    return tables


def months_figures(months: Sequence[Month]) -> dict[str, float]:
    """Flat figures: `<head>_<YYYY_MM>_<figure>_at_<percent>[_<who>]`; sufficient ones alone."""
    figures: dict[str, float] = {}
    for month in months:
        start = f"{month.head}_{month.month}".replace("-", "_")
        if month.hit_rate.sufficient:
            figures[f"{start}_hit_rate"] = month.hit_rate.value
        at = percent(month.capacity)
        for who, told in month.figures.items():
            end = "" if who == "head" else f"_{who}"
            figures |= {
                f"{start}_{name}_at_{at}{end}": of.value
                for name, of in told.items()
                if of.sufficient
            }
        figures |= {
            f"{start}_recall_at_{at}_{who}_truth": of.value for who, of in month.truth.items()
        }
        figures[f"{start}_hits"] = float(month.hits)
    return {name: round(value, 6) for name, value in figures.items() if not math.isnan(value)}


def months_json(months: Sequence[Month]) -> dict[str, object]:
    """Everything, and the flat figures beside it."""
    return {"figures": months_figures(months), "months": [asdict(month) for month in months]}


def _who(months: Sequence[Month]) -> list[str]:
    found = {who for month in months for who in (*month.figures, *month.truth)}
    return [who for who in WHO if who in found]


def _line(months: Sequence[Month], who: str, measure: str) -> list[Point]:
    line = []
    for i, month in enumerate(months):
        if told := month.figures.get(who, {}).get(measure):
            line.append(Point(i, told.value, told.low, told.high))
    return line


def _table(months: Sequence[Month]) -> str:
    who = [w for w in _who(months) if w not in ("random", "oracle")]
    rows = []
    for month in months:
        told: list[Mapping[str, Told]] = [month.figures.get(w, {}) for w in who]
        rows.append([
            month.month, month.kind.replace("_", " "), f"{month.trained_hits:,}",
            f"{month.movements:,}", f"{month.inspected:,}", f"{month.hits:,}",
            f"{month.hit_rate.effective_hits:.1f}",
            "-" if math.isnan(month.expected) else f"{100 * month.expected:.2g} %",
            _html(month.hit_rate),
            *(_html(of.get("recall")) for of in told),
            _html(told[0].get("precision") if told else None),
        ])  # fmt: skip
    head = ["month", "model", "hits learnt from", "movements", "inspected", "hits",
            "effective hits", "mean probability", "share of hits",
            *(f"recall, {w}" for w in who), "precision, head"]  # fmt: skip
    return html.table("Figures by month (95 % intervals)", head, rows)


def _truth(months: Sequence[Month]) -> str:
    who = [w for w in WHO if any(w in month.truth for month in months)]
    if not who:
        return ""
    rows = []
    for month in months:
        figures = [month.truth.get(w) for w in who]
        cells = ["-" if f is None else html.interval(f.value, f.low, f.high) for f in figures]
        rows.append([month.month, *cells])
    return html.table("Recall by what was truly carried", ["month", *who], rows)


def _html(told: Told | None) -> str:
    if told is None:
        return "-"
    if not told.sufficient:
        return f"insufficient ({told.effective_hits:.1f})"
    return html.interval(told.value, told.low, told.high)


def _cell(told: Told | None) -> str:
    if told is None:
        return "-"
    if not told.sufficient:
        return "too few"
    return _figure(told.value, told.low, told.high)


def _figure(value: float, low: float, high: float) -> str:
    """The value, and its interval beneath, without leading noughts."""
    ends = (f"{end:.3f}".removeprefix("0") for end in (low, high))
    return f"{value:.3f}\n{'-'.join(ends)}"
