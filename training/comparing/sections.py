"""What a page says of one head: curves, calibration, typologies, parts of the work, the inspected alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.card import BANDS
from training.comparing import html
from training.comparing.charts import Point, Row, agreement, curves, dots
from training.comparing.inspected import inspected_alone
from training.evaluate import Result
from training.intervals import Figure
from training.policy_value.groups import LEAST_MOVEMENTS, Group
from training.rankers import WHO

_METHODS = {
    "naive": "naive: the inspected for all",
    "random_slice": "the random slice alone",
    "hajek": "weighted by inverse propensity",
    "doubly_robust": "doubly robust",
}

_ON_CURVES = (
    "Lines begin and end where ten effective hits back them; shaded are the 95 % intervals of head and "
    "challenger. What is missing is called insufficient in the tables."
)


def head_section(name: str, results: Sequence[Result]) -> str:
    """Everything about one head; what there is nothing to tell of says so."""
    by = {(r.part, r.view, r.who): r for r in results}
    robust = {r.who: r for r in _in_order(results, "movements", "doubly_robust")}
    truth = {r.who: r for r in _in_order(results, "truth", "naive")}
    parts = [f'<h2 id="{name}">{name.replace("-", ", ")}</h2>']
    parts += [
        html.paragraph(f"{name}, {r.part.replace('_', ' ')}, {r.view}: nothing to measure. "
                       f"{r.nothing}")
        for r in results if r.nothing
    ]  # fmt: skip
    if robust:
        parts += _backing(robust["head"])
        parts.append(html.panels(_pictures(name, robust, "as inspections tell")))
        parts.append(html.paragraph(_ON_CURVES, look="note"))
        parts += _capacities(robust)
        parts.append(_methods(by, truth))
    if truth:
        parts.append("<h3>By what was truly carried</h3>")
        parts.append(html.panels(_pictures(name, truth, "by the truth")))
        parts += _by_truth(truth)
    if robust:
        parts += _calibration(name, robust)
        parts += _groups(robust)
    parts.append(inspected_alone(results, fold=bool(robust)))
    return "\n".join(part for part in parts if part)


def points_of(result: Result, measure: str) -> list[Point]:
    """A figure at each capacity that enough hits back, from the smallest on, as points of a curve."""
    told: Mapping[str, Figure] = result.figures
    if result.estimates:
        backed = {name: e for name, e in result.estimates.items() if e.sufficient}
        told = {name: Figure(e.value, e.low, e.high) for name, e in backed.items()}
    points = []
    for name, figure in told.items():
        start, _, share = name.partition("_at_")
        if start == measure and share and figure.value == figure.value:
            capacity = float(share.replace("_", ".")) / 100
            points.append(Point(capacity, figure.value, figure.low, figure.high))
    return sorted(points, key=lambda point: point.x)


def _in_order(results: Sequence[Result], part: str, view: str) -> list[Result]:
    some = [r for r in results if (r.part, r.view) == (part, view) and r.figures]
    return sorted(some, key=lambda r: WHO.index(r.who))


def _pictures(name: str, of: Mapping[str, Result], how: str) -> list[tuple[str, str]]:
    made = []
    for measure, question in (
        ("recall", "Share of all hits that are found"),
        ("precision", "Share of hits among the inspected"),
    ):
        lines = {who: line for who, r in of.items() if (line := points_of(r, measure))}
        if lines:
            svg = curves(
                lines,
                title=f"{question}, by capacity, {name}, {how}; the figures are in the table",
                x="Share of movements inspected",
                y=question,
            )
            made.append((f"{question}, {how}", svg))
    return made


def _backing(head: Result) -> list[str]:
    lines = [
        f"{head.movements:,} movements in the test days; {head.rows:,} of them inspected with a "
        f"known propensity, {head.hits:,} with a hit, worth {head.effective_hits:.1f}."
    ]
    if not head.sufficient:
        lines.append("Insufficient: too few hits for intervals.")
    told = [html.paragraph(" ".join(lines), look="lead")]
    overlap = head.overlap
    if overlap:
        told.append(
            html.paragraph(
                f"Of what the head would select, {overlap.rows:,} movements were inspected, worth "
                f"{overlap.effective_rows:.1f} by their weights; {overlap.supported:.1%} of the "
                f"selection might have been.",
                look="note",
            )
        )
        told += [html.paragraph(f"Alarm. {alarm}", look="alarm") for alarm in overlap.alarms]
    return told


def _capacities(robust: Mapping[str, Result]) -> list[str]:
    """One table a figure: a line a ranking, a column a capacity."""
    tables = []
    for measure, title, as_share in (
        ("precision", "Precision: share of hits among the inspected", True),
        ("recall", "Recall: share of all hits that are found", True),
        ("lift", "Lift: times what chance finds", False),
        ("lift_over_rules", "Times what the rule list finds", False),
    ):
        head = robust["head"]
        names = [n for n in head.figures if n.rpartition("_at_")[0] == measure]
        if names:
            rows = [
                [who, *(html.estimate(r.estimates.get(n), as_share=as_share) for n in names)]
                for who, r in robust.items()
            ]
            columns = ["", *(f"at {_capacity(n)}" for n in names)]
            tables.append(html.table(f"{title} (95 % intervals)", columns, rows))
    return tables


def _methods(by: Mapping[tuple[str, str, str], Result], truth: Mapping[str, Result]) -> str:
    """What selection does to figures: the same head by each way to infer, and the truth."""
    heads = {view: by.get(("movements", view, "head")) for view in _METHODS}
    names = [n for n in next(r for r in heads.values() if r).figures
             if n == "hit_rate" or n.startswith("recall_at_")]  # fmt: skip
    rows = [
        [_METHODS[view], f"{r.rows:,}", f"{r.effective_hits:.1f}",
         *(html.estimate(r.estimates.get(n)) for n in names)]
        for view, r in heads.items() if r
    ]  # fmt: skip
    if "head" in truth:
        told = truth["head"]
        figures = [told.figures.get("base_rate" if n == "hit_rate" else n) for n in names]
        rows.append(
            ["what they truly carried", f"{told.rows:,}", f"{told.hits:,}",
             *("-" if f is None else html.interval(f.value, f.low, f.high) for f in figures)]
        )  # fmt: skip
    columns = ["how the inspected speak for all", "rows", "effective hits",
               *("hit rate" if n == "hit_rate" else f"recall at {_capacity(n)}" for n in names)]  # fmt: skip
    note = (
        "Inspections find part of what is carried, so a true hit rate lies above every estimate "
        "of what inspections would find; recalls can be compared."
    )
    shown = html.table("The head, by each way to infer", columns, rows)
    return shown + (html.paragraph(note, look="note") if "head" in truth else "")


def _by_truth(truth: Mapping[str, Result]) -> list[str]:
    names = [n for n in truth["head"].figures if n.startswith("recall_at_")]
    rows = []
    for who, r in truth.items():
        figures = [r.figures[n] for n in names]
        rows.append([who, *(html.interval(f.value, f.low, f.high) for f in figures)])
    columns = ["", *(f"recall at {_capacity(n)}" for n in names)]
    told = [html.table("Of all that was carried, the share found (95 % intervals)", columns, rows)]
    typologies = {who: {t.typology: t for t in r.typologies} for who, r in truth.items()}
    if not typologies["head"]:
        return told
    chart = [
        Row(
            f"{code} ({of.carrying})",
            Point(0, of.recall.value, of.recall.low, of.recall.high),
            {
                who: found[code].recall.value
                for who, found in typologies.items()
                if who in ("challenger", "oracle", "rules") and found[code].sufficient
            },
        )
        for code, of in typologies["head"].items()
    ]
    svg = dots(
        chart,
        title="Share found of each typology by the head, with marks for others; in the table",
        x="Share found; marks: oracle, rules, challenger",
    )
    told.append(html.panels([("Found by typology, and how many carried", svg)]))
    rows = [
        [code, f"{of.carrying:,}",
         *(html.interval(*_ends(typologies[who][code].recall)) if of.sufficient else "insufficient"
           for who in truth)]
        for code, of in typologies["head"].items()
    ]  # fmt: skip
    told.append(html.table("Recall by typology", ["typology", "carried", *truth], rows))
    return told


def _calibration(name: str, robust: Mapping[str, Result]) -> list[str]:
    """Whether the probabilities hold, in the large and by band."""
    lines, rows = {}, []
    for who, result in robust.items():
        if not result.bands:
            continue
        lines[who] = [
            Point(b.expected, b.observed.value, b.observed.low, b.observed.high)
            for b in result.bands
            if b.band >= 0 and b.observed.sufficient
        ]
        for band in result.bands:
            called = "all movements" if band.band < 0 else BANDS[band.band].replace("_", " ")
            verdict = {True: "agrees", False: "differs", None: "insufficient"}[band.agrees]
            rows.append(
                [f"{who}: {called}", f"{100 * band.expected:.2g} %",
                 html.estimate(band.observed), verdict]
            )  # fmt: skip
    if not rows:
        return []
    columns = ["", "mean probability", "share of hits (95 %)", "says"]
    shown = [f"<h3>Do probabilities hold? ({name})</h3>"]
    drawn = {who: line for who, line in lines.items() if line}
    if drawn:
        title = f"Probability said and share observed by band, {name}; the figures are in the table"
        shown.append(
            html.panels([("By band; on the diagonal they hold", agreement(drawn, title=title))])
        )
    shown.append(html.table("Calibration, in the large and by band", columns, rows))
    return shown


def _groups(robust: Mapping[str, Result]) -> list[str]:
    told = []
    for who in ("head", "challenger"):
        if who not in robust:
            continue
        kinds = dict.fromkeys(group.kind for group in robust[who].groups)
        for kind in kinds:
            groups = [group for group in robust[who].groups if group.kind == kind]
            small = sum(not group.sufficient for group in groups)
            title = f"By {kind}, {who}: {len(groups)} of them, {small} insufficient"
            shown = html.table(
                title,
                [kind, "movements", "inspected", "hits", "mean probability", "share of hits",
                 "selected", "precision"],
                [_group_row(group) for group in groups],
            )  # fmt: skip
            told.append(html.folded(title, shown) if len(groups) > 12 else shown)
    if told:
        told.insert(0, "<h3>Parts of the work</h3>")
        told.append(
            html.paragraph(
                f"Insufficient: fewer than {LEAST_MOVEMENTS} measuring movements, or fewer than 10 "
                "effective hits. Small parts are named, never left out.",
                look="note",
            )
        )
    return told


def _group_row(group: Group) -> list[str]:
    cells = [f"{group.movements:,}", f"{group.inspected:,}", f"{group.hits:,}",
             f"{100 * group.mean_probability:.2g} %"]  # fmt: skip
    rate = html.estimate(group.hit_rate) if group.sufficient else "insufficient"
    precision = html.estimate(group.precision) if group.sufficient else "insufficient"
    return [group.name, *cells, rate, f"{group.selected:.0f}", precision]


def _capacity(name: str) -> str:
    return name.rpartition("_at_")[2].replace("_", ".") + " %"


def _ends(figure: Figure) -> tuple[float, float, float]:
    return figure.value, figure.low, figure.high
