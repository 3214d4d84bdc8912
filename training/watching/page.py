"""The watch as one page: what stands out first, then each risk and each head, charts beside tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date
from html import escape

from models.words import name_in_words
from training.intervals import Figure
from training.watching.charts import Bar, Line, Point, bars, intervals, lines
from training.watching.delays import MonthDelays
from training.watching.finds import FindWatch, day_of
from training.watching.job import Watch, alarm_sentence
from training.watching.watch import HeadWatch

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1c; --paper: #fff; --faint: #ddd; --one: #0b5394;
  --two: #b45f06; --raised: #a61b1b }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #16181b; --faint: #3a3d42;
  --one: #7db7ee; --two: #f0a35c; --raised: #ff8a80 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem;
  color: var(--ink); background: var(--paper) }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; font-variant-numeric: tabular-nums }
th, td { padding: .15rem .7rem .15rem 0; text-align: right; border-bottom: 1px solid var(--faint) }
th:first-child, td:first-child, td.words { text-align: left }
.wide { overflow-x: auto } figure { margin: 1rem 0 } svg { max-width: 100%; height: auto }
text { font-size: 11px; fill: var(--ink) } .grid { stroke: var(--faint) }
.line { fill: none; stroke-width: 2; stroke: var(--one) } .line.two { stroke: var(--two);
  stroke-dasharray: 6 4 } .one-words { fill: var(--one) } .two-words { fill: var(--two) }
.level { stroke: var(--ink); stroke-dasharray: 2 4 } .mark { stroke: var(--raised) }
.dot { fill: var(--one); stroke: var(--one) } .hollow { fill: var(--paper) }
.bar { fill: var(--one) } .raised { color: var(--raised); font-weight: bold }
"""


def page(watch: Watch, *, top_columns: int, threshold: float, known_share: float) -> str:
    """The page of a run.

    Args:
        watch: What it says.
        top_columns: How many columns of each head are shown.
        threshold: The evidence that raises an alarm.
        known_share: The share of outcomes that is known at maturity.
    """
    body = ["<h1>What became of the heads that serve</h1>", _what_follows(watch), _summary(watch)]
    body += [_finds(of, threshold) for of in watch.finds]
    body += [_head(of, top_columns, known_share) for of in watch.heads]
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Watch</title>'
        '<meta name="viewport" content="width=device-width"><style>'
        f"{_STYLE}</style></head>\n<body>{''.join(body)}</body></html>\n"
    )


def _what_follows(watch: Watch) -> str:
    told = [f"<p>{escape(name)}: {escape(why)}</p>" for name, why in watch.silent.items()]
    if watch.proposal is None:
        return "<p>All is quiet: nothing is asked for.</p>" + "".join(told)
    asked = watch.proposal
    because = "".join(f"<li>{escape(each)}</li>" for each in asked.because)
    return (
        f'<p class="raised">Asked for: raise the share of inspections that chance decides from '
        f"{asked.now:.1%} to {asked.random_share:.1%}, and train anew: "
        f"{escape(', '.join(asked.retrain))}.</p><ul>{because}</ul><p>Nothing of this happens by "
        "itself: a person decides and signs.</p>" + "".join(told)
    )


def _summary(watch: Watch) -> str:
    rows = []
    for of in watch.heads:
        whole = of.whole
        rows.append([
            of.head, of.version, f"{of.watched[0]} to {of.watched[1]}", f"{whole.movements:,}",
            _share(whole.abstained), f"{whole.inspected:,}",
            f"{whole.hits:,} / {of.inspected.expected.sum():.1f}",
            _figure(whole.hit_rate, whole.sufficient, percent=True),
            _figure(whole.calibration, whole.sufficient), of.score[-1].drift.size,
        ])  # fmt: skip
    return "<h2>At a glance</h2>" + _table(
        ["head", "version", "watched", "movements", "abstained", "inspected",
         "hits / expected", "hit rate on the random slice", "observed / expected there",
         "drift of the score"],
        rows,
        note="Intervals are 95 %; below ten hits they are insufficient.",
    )  # fmt: skip


def _finds(of: FindWatch, threshold: float) -> str:
    said = f"<p>State: {of.state}.</p>"
    if of.alarms:
        look = ' class="raised"' if of.state == "raised" else ""
        said = f"<p{look}>State: {of.state}. {escape(alarm_sentence(of))}</p>"
    title = f"Finds of {of.risk} against the expected"
    parts = [f"<h2>{escape(title)}</h2>", f"<p>{escape(', '.join(of.heads))}</p>", said]
    if not of.evidence:
        return "".join([*parts, "<p>Nothing was inspected that has an outcome yet.</p>"])
    observed, expected = _cumulated(of)
    marks = [(alarm.day, f"alarm: {alarm.direction}") for alarm in of.alarms]
    parts.append(_chart(lines(
        [Line("observed", observed), Line("expected", expected, "two")],
        title=f"{title}, cumulated over what was known each evening", unit="finds", marks=marks,
    )))  # fmt: skip
    evidence = [
        (day_of(e.day), math.log10(max(1.0, min(e.fall + e.rise, threshold)))) for e in of.evidence
    ]
    parts.append(_chart(lines(
        [Line("evidence", evidence)], title=f"Evidence against the expected finds of {of.risk}",
        unit="powers of ten", level=(math.log10(threshold), "alarm"), marks=marks,
    )))  # fmt: skip
    rows = []
    for place, (day, found) in enumerate(observed):
        if place == len(observed) - 1 or (observed[place + 1][0].month != day.month):
            evening = of.evidence[place]
            rows.append([day.isoformat(), f"{found:.0f}", f"{expected[place][1]:.1f}",
                         f"{evening.fall:.3g}", f"{evening.rise:.3g}"])  # fmt: skip
    parts.append(_table(
        ["evening", "observed so far", "expected so far", "evidence of a fall", "of a rise"], rows,
        note=f"An alarm is raised when the two reach {threshold:,.0f} together; after it the "
        "evidence begins anew.",
    ))  # fmt: skip
    return "".join(parts)


def _cumulated(of: FindWatch) -> tuple[list[tuple[date, float]], list[tuple[date, float]]]:
    """Observed and expected since the beginning, over the alarms at which the counts begin anew."""
    observed, expected = [], []
    found = said = 0.0
    for evening in of.evidence:
        observed.append((day_of(evening.day), found + evening.observed))
        expected.append((day_of(evening.day), said + evening.expected))
        if evening.alarm:
            found, said = found + evening.observed, said + evening.expected
    return observed, expected


def _head(of: HeadWatch, top_columns: int, known_share: float) -> str:
    months = of.months
    parts = [
        f"<h2>{escape(of.head)}</h2><p>Version {escape(of.version)}, watched from {of.watched[0]} "
        f"to {of.watched[1]}; the reference is {of.reference[0]} to {of.reference[1]}.</p>",
        "<h3>The random slice</h3>",
        _chart(intervals(
            [Point(m.month, m.calibration.value, m.calibration.low, m.calibration.high)
             for m in months],
            title=f"{of.head}: hits on the random slice by expected ones, by month",
            unit="observed / expected", level=(1.0, "as expected"),
        )),
        _table(
            ["month", "inspected by chance", "hits", "hit rate", "observed / expected"],
            [[m.month, f"{m.random_inspected:,}", f"{m.random_hits}",
              _figure(m.hit_rate, m.sufficient, percent=True),
              _figure(m.calibration, m.sufficient)] for m in months],
        ),
        "<h3>Volumes, abstentions and delays</h3>",
        _table(
            ["month", "movements", "abstained", "inspected", "outcomes known", "median delay, days",
             "90 % within", "95 % within"],
            [[m.month, f"{m.movements:,}", _share(m.abstained), f"{m.inspected:,}",
              f"{m.delays.rows:,}", *(_days(m.delays, q) for q in (0.5, 0.9, 0.95))]
             for m in months],
            note=_maturity(of, known_share),
        ),
        "<h3>Drift</h3>",
        _drift(of, top_columns),
        "<details><summary>Posts</summary>",
        _table(
            ["post", "movements", "a day before", "a day now", "abstained"],
            [[p.post, f"{p.movements:,}", f"{p.before:.2f}", f"{p.now:.2f}",
              f"{p.abstained:.2%}" if p.sufficient else "insufficient"] for p in of.posts],
            note="Posts with fewer than 50 movements before or now are insufficient to compare.",
        ),
        "</details>",
    ]  # fmt: skip
    return "".join(parts)


def _drift(of: HeadWatch, top_columns: int) -> str:
    shown = of.columns[:top_columns]
    named = [
        Bar(name_in_words(c.column), c.index, f"{c.index:.3g}") for c in shown
    ]  # fmt: skip
    columns = _table(
        ["column", "stability index", "by chance", "missing before", "missing now", "size",
         "in words"],
        [[name_in_words(c.column), f"{c.index:.3f}", f"{c.noise:.4f}", f"{c.missing_before:.1%}",
          f"{c.missing:.1%}", c.size, of.sentences[c.column]] for c in shown],
        words_last=True,
        note="By chance: what the index would be in the mean without drift, for as many movements. "
        "From .1 beyond it a column drifts somewhat, from .25 much. Columns of the past drift by "
        "themselves while a ledger is young.",
    )  # fmt: skip
    score = _table(
        ["score in", "stability index", "by chance", "size"],
        [[s.month, f"{s.drift.index:.3f}", f"{s.drift.noise:.4f}", s.drift.size] for s in of.score],
    )
    return score + _chart(bars(named, title=f"{of.head}: columns that drift most")) + columns


def _maturity(of: HeadWatch, known_share: float) -> str:
    if of.maturity_days is None:
        return f"When {known_share:.0%} of the outcomes are known cannot be told yet."
    return (
        f"{known_share:.0%} of the outcomes are known within {of.maturity_days:.1f} days: younger "
        "movements should not be learnt from. Outcomes still out are allowed for."
    )


def _days(delays: MonthDelays, share: float) -> str:
    days = delays.quantile(share)
    return "not yet" if days is None else f"{days:.1f}"


def _share(figure: Figure) -> str:
    return "-" if math.isnan(figure.value) else f"{figure.value:.2%}"


def _figure(figure: Figure, sufficient: bool, *, percent: bool = False) -> str:
    if math.isnan(figure.value):
        return "-"
    form = "{:.2%}" if percent else "{:.2f}"
    if not sufficient:
        return f"insufficient ({form.format(figure.value)})"
    low, high = form.format(figure.low), form.format(figure.high)
    return f"{form.format(figure.value)} ({low} to {high})"


def _chart(drawn: str) -> str:
    return f"<figure>{drawn}</figure>"


def _table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, note: str = "", words_last: bool = False
) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = []
    for row in rows:
        cells = [f"<td>{escape(each)}</td>" for each in row]
        if words_last:
            cells[-1] = f'<td class="words">{escape(row[-1])}</td>'
        body.append(f"<tr>{''.join(cells)}</tr>")
    told = f"<p>{escape(note)}</p>" if note else ""
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>{told}"
    )
